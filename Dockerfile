# One image for both services, their expiry runs and the migrations; the command says which.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# The manifests first: the packages are installed again only when one of them has changed.
COPY package.json package-lock.json ./
COPY libs/customer-broadcast/package.json libs/customer-broadcast/
COPY libs/platform/package.json libs/platform/
COPY libs/single-active/package.json libs/single-active/
COPY libs/truck-requests/package.json libs/truck-requests/
# Node is in the image, so the packages that bring one for this or that platform are left out.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund
COPY . .
RUN node node_modules/typescript/bin/tsc -b tsconfig.build.json
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/libs/customer-broadcast/package.json libs/customer-broadcast/
COPY --from=build /app/libs/customer-broadcast/dist libs/customer-broadcast/dist
COPY --from=build /app/libs/platform/package.json libs/platform/
COPY --from=build /app/libs/platform/dist libs/platform/dist
COPY --from=build /app/libs/single-active/package.json libs/single-active/
COPY --from=build /app/libs/single-active/dist libs/single-active/dist
COPY --from=build /app/libs/truck-requests/package.json libs/truck-requests/
COPY --from=build /app/libs/truck-requests/dist libs/truck-requests/dist
COPY --from=build /app/dist dist
# By number, so that an orchestrator can see that it is not root.
USER 1000:1000
ENV HTTP_HOST=0.0.0.0
# Half of what V8 keeps for short-lived objects by default (a quarter of it costs a fifth more processor time, see docs/performance.md),
# and two arenas of malloc instead of eight for each core.
ENV NODE_OPTIONS=--max-semi-space-size=16
ENV MALLOC_ARENA_MAX=2
EXPOSE 3001 3002
# Node itself is the first process, not npm: it gets the SIGTERM that starts the drain.
CMD ["node", "dist/booking-service/main.js"]
