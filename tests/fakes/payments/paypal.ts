/** For tests below the backend: the fakes themselves live beside the demo that uses them, too. */
export {
  createAuthority,
  type FakeAuthority,
  type FakeSigner,
  signWebhook,
} from '#backend/demo/providers/paypal-signing.ts'
