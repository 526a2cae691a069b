/** Numbers of PKCS#11 3.0 (OASIS, pkcs11t.h) that are used here. */
export const cko = Object.freeze({ publicKey: 2, privateKey: 3, secretKey: 4 })
export const ckk = Object.freeze({ rsa: 0, ec: 3, genericSecret: 0x10, edwards: 0x40, montgomery: 0x41 })
export const cka = Object.freeze({
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  value: 0x11,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  sign: 0x108,
  verify: 0x10a,
  derive: 0x10c,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  valueLength: 0x161,
  extractable: 0x162,
  ecParams: 0x180,
  ecPoint: 0x181,
})
export const ckm = Object.freeze({
  rsaKeyPair: 0x0,
  rsaPkcs: 0x1,
  ecKeyPair: 0x1040,
  ecdsa: 0x1041,
  ecdh1Derive: 0x1050,
  edwardsKeyPair: 0x1055,
  eddsa: 0x1057,
})
export const ckf = Object.freeze({
  rwSession: 0x2,
  serialSession: 0x4,
  loginRequired: 0x4,
  tokenInitialized: 0x400,
  pinCountLow: 0x1_0000,
  pinFinalTry: 0x2_0000,
  pinLocked: 0x4_0000,
})
export const userRole = 1

/** Return values that mean something to a person. */
export const ckr = Object.freeze({
  ok: 0x0,
  slotInvalid: 0x3,
  deviceRemoved: 0x32,
  functionCanceled: 0x50,
  keyTypeInconsistent: 0x63,
  keyFunctionNotPermitted: 0x68,
  mechanismInvalid: 0x70,
  pinIncorrect: 0xa0,
  pinLength: 0xa2,
  pinLocked: 0xa4,
  sessionClosed: 0xb0,
  sessionInvalid: 0xb3,
  tokenNotPresent: 0xe0,
  tokenNotRecognized: 0xe1,
  alreadyLoggedIn: 0x100,
  notLoggedIn: 0x101,
  alreadyInitialized: 0x191,
})
