/**
 * The part of the Compose Specification (compose-spec/compose-spec, 05-services.md and the chapters after it) that a
 * deployment like ours uses. Every object is strict: a key that the specification does not know, or that this project
 * has no use for, is a finding.
 */
import { z } from 'zod';

const name = z.string().regex(/^[a-zA-Z0-9._-]+$/);
/** `30s`, `1m30s`: units from us to h, none repeated. */
const duration = z.string().regex(/^(\d+h)?(\d+m)?(\d+s)?(\d+ms)?(\d+us)?$/);
const restart = z.string().regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/);

/** Values are strings: YAML would turn bare numbers and booleans into others. Null hands on what the caller has. */
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string().nullable());

/** `[IP:]host:container`, ports written as numbers. */
const port = z.string().regex(/^((\d{1,3}\.){3}\d{1,3}:)?\d{1,5}:\d{1,5}(\/(tcp|udp))?$/);

/** `source:target[:ro]`, where the source is a path, a named volume or a variable with a default. */
const mount = z.string().regex(/^(\.{0,2}\/[\w./-]*|[a-z][\w-]*|\$\{[A-Z_]+:-[\w./-]+\}):\/[\w./-]+(:ro|:rw)?$/);

const dependency = z.strictObject({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
});

const healthcheck = z.strictObject({
  test: z.tuple([z.enum(['CMD', 'CMD-SHELL']), z.string()], z.string()),
  interval: duration,
  timeout: duration,
  retries: z.int().positive(),
  start_period: duration.optional(),
});

const service = z
  .strictObject({
    image: z.string().optional(),
    build: z.string().optional(),
    restart,
    depends_on: z.record(name, dependency).optional(),
    environment,
    volumes: z.array(mount).optional(),
    ports: z.array(port).optional(),
    entrypoint: z.array(z.string()).optional(),
    healthcheck: healthcheck.optional(),
    init: z.boolean().optional(),
    read_only: z.boolean().optional(),
    tmpfs: z.array(z.string().startsWith('/')).optional(),
    cap_drop: z.array(z.string()).optional(),
    security_opt: z.array(z.string()).optional(),
    stop_grace_period: duration.optional(),
  })
  .refine((value) => (value.image === undefined) !== (value.build === undefined), 'either an image or a build');

export type Service = z.infer<typeof service>;

export const composeFile = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
    services: z.record(name, service),
    volumes: z.record(name, z.null()).optional(),
  })
  .superRefine((file, context) => {
    for (const [serviceName, { depends_on: dependencies = {}, volumes = [] }] of Object.entries(file.services)) {
      for (const [target, { condition }] of Object.entries(dependencies)) {
        const found = file.services[target];
        if (!found) context.addIssue(`${serviceName} depends on ${target}, which is no service`);
        else if (condition === 'service_healthy' && !found.healthcheck && found.image)
          context.addIssue(`${serviceName} waits for the health of ${target}, which has no health check`);
      }
      for (const volume of volumes) {
        const source = volume.split(':/')[0] ?? '';
        if (/^[a-z]/.test(source) && !(source in (file.volumes ?? {})))
          context.addIssue(`${serviceName} mounts ${source}, which is no volume of the file`);
      }
    }
  });
