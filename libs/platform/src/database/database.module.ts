import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ENVIRONMENT, type Environment } from '../config/environment.interface.ts';
import { DatabaseConnector } from './database-connector.service.ts';
import { createDataSourceOptions, type DataSourceSettings } from './data-source.options.ts';

/** The process's one data source, connected by {@link DatabaseConnector}. Needs {@link ENVIRONMENT}. @publicApi */
@Module({})
export class DatabaseModule {
  /** @example DatabaseModule.forRoot({ entities: [BookingEntity], applicationName: 'booking-service' }) */
  static forRoot(settings: DataSourceSettings): DynamicModule {
    const typeOrm = TypeOrmModule.forRootAsync({
      inject: [ENVIRONMENT],
      useFactory: (env: Environment) => ({
        ...createDataSourceOptions(env, settings),
        manualInitialization: true,
      }),
    });
    return {
      module: DatabaseModule,
      global: true,
      imports: [typeOrm],
      providers: [DatabaseConnector],
      exports: [typeOrm, DatabaseConnector],
    };
  }
}
