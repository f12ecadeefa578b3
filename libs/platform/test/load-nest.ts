// @nestjs/throttler is CommonJS and requires Nest, which is ESM only. Node copes; Jest refuses to require a module
// that it is still linking, so Nest is loaded before any test's own imports are.
import '@nestjs/core';
