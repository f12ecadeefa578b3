import { SignJWT } from 'jose';

export const ROLES = ['customer', 'transporter', 'dispatcher', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export interface TokenClaims {
  readonly sub: string;
  readonly role: Role;
  /** A duration as in `24h`, `30m`, `7d`. @default '24h' */
  readonly ttl?: string | undefined;
}

/** A token that the services accept when they check with the same secret, issuer and audience. */
export async function signDevelopmentToken(
  secret: string,
  { sub, role, ttl = '24h' }: TokenClaims,
): Promise<string> {
  const token = new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(ttl);
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = process.env;
  if (issuer !== undefined && issuer !== '') token.setIssuer(issuer);
  if (audience !== undefined && audience !== '') token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}
