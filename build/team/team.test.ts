import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { parse } from 'yaml'
import { usage as backendUsage, parseOptions } from '#backend/standalone-options.ts'
import { parseRequest, usage } from '#main/cli/arguments.ts'
import { auditUsage, parseAudit } from '#main/cli/audit/arguments.ts'
import { metrics } from '#protocol/telemetry.ts'
import { makeCertificate } from '#tests/fixtures/tls-front.ts'
import { findCompose, findHaproxy, findPromtool } from '../setup/servers.mjs'

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

type Programs = NonNullable<ReturnType<typeof findHaproxy>>
const [haproxy, promtool, packaged] = [findHaproxy(), findPromtool(), findCompose()]
const envOf = (programs: Programs | undefined) => ({ env: { ...process.env, ...programs?.env } })
/** Debian's own, which finds Debian's modules; where there was none, it was unpacked too. */
const pythonOf = ({ bin }: Programs): string => [join(bin, 'python3')].find(existsSync) ?? '/usr/bin/python3'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'libral-team-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

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
    const file = join(folder, 'url')
    writeFileSync(file, 'postgres://libral:x@postgres/libral')
    const redis = `${file}.redis`
    writeFileSync(redis, 'redis://:x@redis:6379')
    const env = { ...environment, LIBRAL_DATABASE_URL_FILE: file, LIBRAL_REDIS_URL_FILE: redis }
    expect(parseOptions([], env)).toMatchObject({
      listen: [{ kind: 'address', host: '0.0.0.0', port: 5000 }],
      database: { instance: name, logKeyFile: '/var/lib/libral/log.key' },
      peers: { plaintext: false, proxies: [compose.networks.inside.ipam.config[0].subnet] },
    })
  })

  test('is served through the proxy to each instance, and read by Prometheus', () => {
    const [job] = yamlOf('team/prometheus.yml').scrape_configs
    expect(job.static_configs[0].targets).toEqual(cores.map((name) => `${name}:5000`))
    for (const name of cores) expect(textOf('team/haproxy.cfg')).toContain(`server ${name} ${name}:5000`)
  })

  test.skipIf(!packaged && !has('docker', 'compose', 'version'))('satisfies docker compose', () => {
    const file = join(folder, 'compose.yml')
    // The compose that Debian 12 packages reads all of it but the name, which came after it.
    writeFileSync(file, textOf('compose.yml').replace(/^name: .*$/m, ''))
    const args = ['-f', file, '--project-directory', build, 'config', '--quiet']
    if (packaged) execFileSync(pythonOf(packaged), [join(packaged.bin, 'docker-compose'), ...args], envOf(packaged))
    else execFileSync('docker', ['compose', ...args])
  })
  test.skipIf(!haproxy)('has a proxy configuration that haproxy reads', () => {
    const { cert, key } = makeCertificate(folder, 'proxy')
    const pem = join(folder, 'tls.pem')
    writeFileSync(pem, cert + key)
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(file, textOf('team/haproxy.cfg').replace('/run/secrets/tls_pem', pem))
    const program = join(haproxy?.bin ?? '', 'haproxy')
    const said = execFileSync(program, ['-c', '-V', '-f', file], { ...envOf(haproxy), stdio: 'pipe' })
    expect(said.toString()).toContain('valid')
  })
  test.skipIf(!promtool)('has figures and alerts that Prometheus reads', () => {
    const args = ['check', 'config', join(build, 'team/prometheus.yml')]
    expect(execFileSync(join(promtool?.bin ?? '', 'promtool'), args).toString()).toContain('8 rules found')
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
  // The program itself is not installed here.
  const text = textOf('team/libral-core.service').replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`)
  writeFileSync(join(folder, 'libral-core.service'), text)
  execFileSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', join(folder, 'libral-core.service')])
})

describe('the guide', () => {
  const guide = textOf('../docs/guide-team.md').replace(/\\\n\s*/g, ' ')

  test('names settings and options that there are', () => {
    const said = backendUsage + usage + auditUsage
    const words = guide.match(/LIBRAL_[A-Z_]*[A-Z]|(?<=npm run [^`\n]*|[`（「])--[a-z][a-z-]+/g) ?? []
    expect(words.length).toBeGreaterThan(20)
    for (const word of new Set(words)) if (word !== '--help') expect(said, word).toContain(word)
  })

  test('gives commands that are taken as they stand', () => {
    const env = { LIBRAL_DATABASE_URL: 'postgres://libral@db/libral', LIBRAL_LOG_KEY_FILE: '/var/lib/libral/log.key' }
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    const taken = [...guide.matchAll(/npm run (backend|libral) -- ([^\n`]+)/g)].map(([, program, line = '']) => {
      const args = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''))
      if (program === 'backend') return args.includes('--help') || parseOptions(args, env)
      return args[0] === 'audit' ? parseAudit(args.slice(1)) : parseRequest(args, env)
    })
    expect(taken.length).toBeGreaterThan(4)
    expect(taken).toContainEqual(expect.objectContaining({ command: 'restored' }))
    expect(taken).toContainEqual(expect.objectContaining({ command: 'move' }))
  })
})
