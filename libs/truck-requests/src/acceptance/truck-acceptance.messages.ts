/** Every text about acceptances, as functions, so that tests compare with them and not with copies. */

export const NO_LONGER_AVAILABLE_TEXT = (wanted: number, left: number): string =>
  `${wanted} truck(s) were offered, but only ${left} are still needed.`;

export const NOT_ACCEPTED_TEXT = (kind: string, id: string): string =>
  `Only a transporter who accepted the ${kind} '${id}' may do this.`;
