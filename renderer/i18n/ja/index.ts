import about from './about.json'
import alerts from './alerts.json'
import approvals from './approvals.json'
import audit from './audit.json'
import closings from './closings.json'
import commands from './commands.json'
import common from './common.json'
import deployments from './deployments.json'
import envFiles from './env-files.json'
import errors from './errors.json'
import events from './events.json'
import hardware from './hardware.json'
import invoices from './invoices.json'
import keys from './keys.json'
import messages from './messages.json'
import monitoring from './monitoring.json'
import payments from './payments.json'
import paymentsBooks from './payments-books.json'
import paymentsConnections from './payments-connections.json'
import paymentsInbox from './payments-inbox.json'
import policy from './policy.json'
import review from './review.json'
import sealed from './sealed.json'
import settings from './settings.json'
import shell from './shell.json'
import signing from './signing.json'
import users from './users.json'
import wkd from './wkd.json'

export const ja = {
  about,
  alerts,
  approvals,
  audit,
  closings,
  commands,
  common,
  deployments,
  envFiles,
  errors,
  events,
  hardware,
  invoices,
  keys,
  messages,
  monitoring,
  payments,
  paymentsBooks,
  paymentsConnections,
  paymentsInbox,
  policy,
  review,
  sealed,
  settings,
  shell,
  signing,
  users,
  wkd,
} as const
