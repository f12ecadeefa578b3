export interface Demonstration {
  readonly bookingUrl: string;
  readonly orderUrl: string;
  readonly customerToken: string;
}

const PICKUP = { latitude: 19.076, longitude: 72.8777, address: 'Dock 4, Mumbai' };
const DROP = { latitude: 18.5204, longitude: 73.8567, address: 'Warehouse 7, Pune' };
const BOOKING = { pickup: PICKUP, drop: DROP, vehicleType: 'container', trucksNeeded: 2 };
const ORDER = { pickup: PICKUP, drop: DROP, items: [{ vehicleType: 'open', quantity: 1 }] };

/**
 * Turns a refusal into the URL of its cancel link, at the service that has it, without any tool that a bare machine
 * lacks.
 */
function cancelUrlFilter(bookingUrl: string, orderUrl: string): string {
  const rule = (route: string, url: string): string =>
    String.raw`s|.*"href":"[^"]*\(/v1/${route}/[^"]*\)".*|${url}\1|p`;
  return `sed -n '${rule('bookings', bookingUrl)};${rule('orders', orderUrl)}'`;
}

/** Lines for the shell that show the rule at work. Each stands alone: it can be pasted by itself. */
export function curlLines({
  bookingUrl,
  orderUrl,
  customerToken,
}: Demonstration): [title: string, line: string][] {
  const as = `-H 'Authorization: Bearer ${customerToken}'`;
  const post = (url: string, body: object): string =>
    `${as} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}' ${url}`;
  const show = `curl -sS -w '\\n%{http_code}\\n'`;
  const createBooking = `${show} ${post(`${bookingUrl}/v1/bookings`, BOOKING)}`;
  const order = post(`${orderUrl}/v1/orders`, ORDER);
  return [
    ['a booking goes on the air (201)', createBooking],
    ['an order of the same customer, in the other service, is refused (409)', `${show} ${order}`],
    [
      'the refusal says how to cancel what is in the way (200)',
      `${show} ${as} -X POST "$(curl -sS ${order} | ${cancelUrlFilter(bookingUrl, orderUrl)})"`,
    ],
    ['and the next request goes on the air at once (201)', `${show} ${order}`],
  ];
}
