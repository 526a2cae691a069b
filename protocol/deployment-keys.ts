/** Of the deployments that this desktop runs itself. Beside no schema: the first page asks. */

/** The deployment that runs inside the app. */
export const embeddedKey = 'local'
/** Made-up payments over providers on this machine: made when it is opened, gone with the app. */
export const demoKey = 'demo'
