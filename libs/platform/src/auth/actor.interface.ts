import { IsIn, Matches } from 'class-validator';

/** What a user may be. @publicApi */
export const ROLES = ['customer', 'transporter', 'dispatcher', 'operator'] as const;

/** One of {@link ROLES}. @publicApi */
export type Role = (typeof ROLES)[number];

/** Who makes a request. @publicApi */
export interface Actor {
  /** 1 to 128 visible ASCII characters. */
  readonly sub: string;
  readonly role: Role;
}

const SUBJECT = /^[\x21-\x7e]{1,128}$/;

/** The actor in a message payload, for DTOs: `@ValidateNested() @Type(() => ActorDto) actor: ActorDto`. @publicApi */
export class ActorDto implements Actor {
  @Matches(SUBJECT, { message: '$property must be 1 to 128 visible ASCII characters' })
  readonly sub: string;

  @IsIn(ROLES)
  readonly role: Role;
}

/** The actor that some claims describe, or null when they describe none. */
export function parseActor(claims: unknown): Actor | null {
  if (typeof claims !== 'object' || claims === null) return null;
  const { sub, role } = claims as Record<string, unknown>;
  const known = ROLES.find((candidate) => candidate === role);
  return typeof sub === 'string' && SUBJECT.test(sub) && known !== undefined ? { sub, role: known } : null;
}
