import { bytes32Schema } from './ids.ts'

/**
 * Evidence: bytes that lie beside the log, such as a provider's message as it came. An entry names them by SHA-256, in a
 * text of its own; bundles bring them along. The log stays what it is when they are gone.
 */

/** Of one piece. */
export const maxEvidenceBytes = 1024 * 1024
/** Pieces that one entry may name. */
export const maxEvidence = 64

/** SHA-256 of the bytes, base64url: what the entry holds. */
export const evidenceDigestSchema = bytes32Schema
