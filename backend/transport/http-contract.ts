import { oc } from '@orpc/contract'
import { OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { z } from 'zod'
import { deploymentIdSchema } from '#protocol/ids.ts'

const health = z.strictObject({
  status: z.enum(['ok', 'draining', 'unready']),
  deployment: deploymentIdSchema,
  instance: z.string(),
  /** Why it is not ready. */
  reasons: z.array(z.enum(['starting', 'draining', 'database', 'module', 'overloaded'])).readonly(),
})
export type HealthAnswer = z.infer<typeof health>

/**
 * What HTTP serves: reading only, and nothing that needs a person. Everything else is on `/rpc` and `/feed`, where the
 * caller has a session.
 */
export const httpContract = {
  health: {
    all: oc.route({ method: 'GET', path: '/health', summary: 'As /health/ready.', tags: ['health'] }).output(health),
    live: oc
      .route({ method: 'GET', path: '/health/live', summary: 'The process runs and answers.', tags: ['health'] })
      .output(health),
    ready: oc
      .route({
        method: 'GET',
        path: '/health/ready',
        summary: 'Takes new connections; 503 with the same body while it starts or drains.',
        tags: ['health'],
      })
      .output(health),
  },
  metrics: oc
    .route({ method: 'GET', path: '/metrics', summary: 'Figures in the Prometheus text format.', tags: ['metrics'] })
    .output(z.string()),
}

/** The OpenAPI 3.1 document of {@link httpContract}. */
export const openApiDocument = (version: string): Promise<unknown> =>
  new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] }).generate(httpContract, {
    info: { title: 'Libral Core', version },
  })
