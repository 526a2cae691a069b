import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Who may speak for others, and who may speak in the clear. */
export interface PeerRules {
  /** Networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: `10.0.0.0/8`, `::1`. */
  readonly proxies: readonly string[]
  /** Networks that may read `/metrics`, besides loopback. */
  readonly metrics: readonly string[]
  /** Accept connections of other machines without TLS. */
  readonly plaintext: boolean
}

export const defaultPeerRules: PeerRules = { proxies: [], metrics: [], plaintext: true }

export interface RemotePeer {
  /** `pipe` for a Unix socket or named pipe, otherwise the address of who asks, as far as we can know it. */
  readonly address: string
  /** TLS up to us, or up to a proxy that we trust, or no network in between. */
  readonly secure: boolean
  /** The request's id as a trusted proxy gave it. */
  readonly requestId: string | undefined
  /** Came through a trusted proxy. */
  readonly proxied: boolean
}

export interface Peers {
  of(request: IncomingMessage): RemotePeer
  /** Whether this peer must not be spoken to without TLS. */
  refuses(peer: RemotePeer): boolean
  mayReadMetrics(peer: RemotePeer): boolean
  /** Whether it may ask for health and figures in the clear: a proxy that asks for itself, and who reads metrics. */
  mayWatch(peer: RemotePeer): boolean
}

const loopback = ['127.0.0.0/8', '::1']

/** @throws RangeError for what is no network */
export const blockListOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.trim().split('/')
    const version = isIP(address)
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    const most = version === 6 ? 128 : 32
    if (version === 0 || (bits !== undefined && !(bits <= most))) throw new RangeError(network)
    const family = version === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, bits, family)
  }
  return list
}

/** IPv4 in IPv6 (`::ffff:10.0.0.1`, as a socket of both families shows it) is the IPv4 address. */
const plain = (address: string): string =>
  /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice('::ffff:'.length) : address

const within = (list: BlockList, address: string): boolean => {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** Judges where requests come from. @throws RangeError for what is no network */
export const createPeers = (rules: PeerRules): Peers => {
  const proxies = blockListOf(rules.proxies)
  const metrics = blockListOf([...loopback, ...rules.metrics])
  const local = blockListOf(loopback)
  /**
   * The last address that none of our proxies added by itself: what stands left of it was written by whoever asked and
   * may say anything (RFC 7239 section 8.1).
   */
  const forwarded = (request: IncomingMessage, proxy: string): string => {
    const header = request.headers['x-forwarded-for']
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => plain(hop.trim()))
    for (const hop of hops.reverse()) {
      if (isIP(hop) === 0) return proxy
      if (!within(proxies, hop)) return hop
    }
    return proxy
  }
  const mayReadMetrics: Peers['mayReadMetrics'] = ({ address }) => address === 'pipe' || within(metrics, address)
  return {
    of: (request) => {
      const { remoteAddress } = request.socket
      const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true
      if (remoteAddress === undefined) return { address: 'pipe', secure: true, requestId: undefined, proxied: false }
      const direct = plain(remoteAddress)
      if (!within(proxies, direct)) {
        return { address: direct, secure: encrypted || within(local, direct), requestId: undefined, proxied: false }
      }
      const id = request.headers['x-request-id']
      return {
        address: forwarded(request, direct),
        secure: request.headers['x-forwarded-proto'] === 'https',
        requestId: typeof id === 'string' && /^[\w.-]{8,64}$/.test(id) ? id : undefined,
        proxied: true,
      }
    },
    refuses: (peer) => !peer.secure && !rules.plaintext,
    mayReadMetrics,
    mayWatch: (peer) => mayReadMetrics(peer) || within(proxies, peer.address),
  }
}
