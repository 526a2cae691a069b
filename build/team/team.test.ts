import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseOptions } from '#backend/standalone-options.ts'
import { metrics } from '#protocol/telemetry.ts'

/** What can't be run here is checked as far as it can: syntax, and that every name it uses means something. */

const build = join(import.meta.dirname, '..')
const textOf = (path: string): string => readFileSync(join(build, path), 'utf8')
const yamlOf = (path: string) => parse(textOf(path), { merge: true, strict: true, uniqueKeys: true })
const has = (program: string, ...args: string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('compose.yml', () => {
  const compose = yamlOf('compose.yml')
  const cores = ['core-1', 'core-2', 'core-3']

  test('names nothing that it does not define', () => {
    for (const [name, service] of Object.entries<Record<string, never>>(compose.services)) {
      const { secrets = [], networks = [], volumes = [], depends_on: needs = [] } = service as Record<string, string[]>
      for (const secret of secrets) expect(compose.secrets, `${name} ${secret}`).toHaveProperty(secret)
      for (const network of networks) expect(compose.networks, `${name} ${network}`).toHaveProperty(network)
      for (const need of Array.isArray(needs) ? needs : Object.keys(needs)) {
        expect(compose.services, `${name} ${need}`).toHaveProperty(need)
      }
      for (const [from = ''] of volumes.map((volume) => volume.split(':'))) {
        if (from.startsWith('./')) expect(existsSync(join(build, from)), from).toBe(true)
        else expect(compose.volumes, `${name} ${from}`).toHaveProperty(from)
      }
    }
  })

  test.each(cores)('gives %s settings that the backend takes, under a name of its own', (name) => {
    const { environment } = compose.services[name]
    const file = join(mkdtempSync(join(tmpdir(), 'libral-compose-')), 'url')
    writeFileSync(file, 'postgres://libral:x@postgres/libral')
    const redis = `${file}.redis`
    writeFileSync(redis, 'redis://:x@redis:6379')
    const env = { ...environment, LIBRAL_DATABASE_URL_FILE: file, LIBRAL_REDIS_URL_FILE: redis }
    expect(parseOptions([], env)).toMatchObject({
      listen: [{ kind: 'address', host: '0.0.0.0', port: 5000 }],
      database: { instance: name, logKeyFile: '/var/lib/libral/log.key' },
      peers: { plaintext: false, proxies: [compose.networks.inside.ipam.config[0].subnet] },
    })
    rmSync(file)
  })

  test('is served through the proxy to each instance, and read by Prometheus', () => {
    const [job] = yamlOf('team/prometheus.yml').scrape_configs
    expect(job.static_configs[0].targets).toEqual(cores.map((name) => `${name}:5000`))
    for (const name of cores) expect(textOf('team/haproxy.cfg')).toContain(`server ${name} ${name}:5000`)
  })

  test.skipIf(!has('docker', 'compose', 'version'))('satisfies docker compose', () => {
    execFileSync('docker', ['compose', '-f', join(build, 'compose.yml'), 'config', '--quiet'])
  })
  test.skipIf(!has('haproxy', '-v'))('has a proxy configuration that haproxy reads', () => {
    expect(execFileSync('haproxy', ['-c', '-V', '-f', join(build, 'team/haproxy.cfg')]).toString()).toContain('valid')
  })
})

describe('figures', () => {
  const known = new Set<unknown>(Object.values(metrics))
  const asked = (text: string) => [...text.matchAll(/metric=\\?"([^"\\]+)\\?"/g)].map(([, metric]) => metric)

  test('of the dashboard and the alerts are figures that we have', () => {
    const dashboard = JSON.parse(textOf('team/grafana/libral.json'))
    expect(dashboard.panels.length).toBeGreaterThan(10)
    expect(new Set(dashboard.panels.map(({ id }: { id: number }) => id)).size).toBe(dashboard.panels.length)
    const { datasources } = yamlOf('team/grafana/datasource.yml')
    for (const panel of dashboard.panels) expect(panel.datasource.uid).toBe(datasources[0].uid)
    const metricsAsked = [...asked(textOf('team/grafana/libral.json')), ...asked(textOf('team/alerts.yml'))]
    expect(metricsAsked.length).toBeGreaterThan(15)
    for (const metric of metricsAsked) expect(known.has(metric), metric).toBe(true)
  })

  test('of each alert say what is wrong, and how badly', () => {
    for (const { rules } of yamlOf('team/alerts.yml').groups) {
      for (const rule of rules) {
        expect(rule).toMatchObject({ alert: expect.any(String), expr: expect.any(String) })
        expect(['warning', 'critical']).toContain(rule.labels.severity)
        expect(rule.annotations.summary).toMatch(/[ぁ-ん]/)
      }
    }
  })
})

test('the systemd unit has its sections, and runs what a build makes', () => {
  const unit = textOf('team/libral-core.service')
  expect([...unit.matchAll(/^\[(\w+)\]$/gm)].map(([, name]) => name)).toEqual(['Unit', 'Service', 'Install'])
  for (const line of unit.split('\n')) expect(line).toMatch(/^$|^#|^\[\w+\]$|^[A-Z]\w+=/)
  expect(unit).toContain('out/main/backend-standalone.js')
})

test.skipIf(!has('systemd-analyze', '--version'))('the systemd unit satisfies systemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'libral-unit-'))
  // The program itself is not installed here.
  const text = textOf('team/libral-core.service').replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`)
  writeFileSync(join(folder, 'libral-core.service'), text)
  execFileSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', join(folder, 'libral-core.service')])
  rmSync(folder, { recursive: true })
})
