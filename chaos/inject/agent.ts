/**
 * Loaded into a service by `--import`, before its own code; production processes do not load it. Takes commands from the
 * fault test over a local socket.
 */
export {};
