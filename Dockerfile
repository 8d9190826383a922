# The worker. Debian, since Temporal's native client needs glibc.
FROM node:24-bookworm-slim

# The slim image has no authorities, and Temporal's native client trusts the system's.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*

ENV NODE_ENV=production
WORKDIR /app

COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force

COPY domain domain
COPY documents documents
COPY services services
COPY activities activities
COPY workflows workflows
COPY worker worker

USER node
ENV DIGDIR_HEALTH_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.DIGDIR_HEALTH_PORT}/`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "worker/main.ts"]
