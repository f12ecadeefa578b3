/** Every text about access, as functions, so that tests compare with them and not with copies. */

export const FORBIDDEN_TEXT = (role: string, action: string, allowed: readonly string[]): string =>
  `The role '${role}' may not ${action}; it takes ${allowed.join(' or ')}.`;
