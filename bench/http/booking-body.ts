/** The body of every create. */
export const BOOKING_BODY = JSON.stringify({
  pickup: { latitude: 12.9716, longitude: 77.5946, address: '1 Mill Road' },
  drop: { latitude: 13.0827, longitude: 80.2707, address: '2 Quay Street' },
  vehicleType: 'open',
  vehicleSubtype: '17 ft',
  trucksNeeded: 1,
  goodsType: 'steel',
  weightKg: 1200.5,
});
