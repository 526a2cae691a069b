import { type ErrorCode, LibralError } from '#protocol/errors.ts'

/** The low 16 bits of an error from libgpg-error (its err-codes.h), as far as they mean something to a person. */
const causes: Readonly<Record<number, ErrorCode>> = {
  11: 'hardware.passphrase-wrong', // BAD_PASSPHRASE
  17: 'hardware.key-missing', // NO_SECKEY
  27: 'hardware.key-missing', // NOT_FOUND
  60: 'hardware.unsupported', // NOT_SUPPORTED
  62: 'hardware.timed-out', // TIMEOUT
  69: 'hardware.unsupported', // NOT_IMPLEMENTED
  77: 'hardware.no-daemon', // NO_AGENT
  84: 'hardware.unsupported', // UNSUPPORTED_ALGORITHM
  87: 'hardware.pin-wrong', // BAD_PIN
  99: 'hardware.cancelled', // CANCELED
  108: 'hardware.unplugged', // CARD: it did not answer
  109: 'hardware.unplugged', // CARD_RESET
  110: 'hardware.unplugged', // CARD_REMOVED
  111: 'hardware.card-unreadable', // INV_CARD
  112: 'hardware.no-card', // CARD_NOT_PRESENT
  119: 'hardware.no-scdaemon', // NO_SCDAEMON
  120: 'hardware.daemon-gone', // SCDAEMON
  124: 'hardware.unsupported', // UNSUPPORTED_OPERATION
  130: 'hardware.pin-blocked', // PIN_BLOCKED
  198: 'hardware.cancelled', // FULLY_CANCELED
  270: 'hardware.daemon-gone', // ASS_READ_ERROR
  277: 'hardware.cancelled', // ASS_CANCELED
  32877: 'hardware.no-scdaemon', // EPIPE: it ended as soon as it was started
  32788: 'hardware.cancelled', // ECANCELED
  32848: 'hardware.no-card', // ENODEV: no reader, or no card in it
  32849: 'hardware.key-missing', // ENOENT
}

/** What an `ERR` means; what has no meaning of its own is `hardware.failed` with the number. */
export const failureOfAssuan = (code: number): LibralError => {
  const cause = code & 0xffff
  const known = causes[cause]
  return known === undefined ? new LibralError('hardware.failed', { cause }) : new LibralError(known)
}
