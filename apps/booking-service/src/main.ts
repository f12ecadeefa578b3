import { bootstrapService } from '@app/platform';
import { AppModule, SERVICE_NAME } from './app.module.ts';

await bootstrapService(AppModule.forRoot(), { name: SERVICE_NAME, port: (env) => env.bookingPort });
