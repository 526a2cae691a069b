import type { ApplySpec, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { CommandDefinition } from '#protocol/command.ts'
import { permissions, roles } from '#protocol/permission.ts'

/**
 * The words that a policy may use, made from the build's own permissions and commands. A permission is a group of the
 * commands that name it, and is asked for itself when somebody reads. They stand in namespaces of their own, because a
 * command may be named as its permission is (`sealed.open`).
 */
export const schemaOf = (commands: Iterable<CommandDefinition>): SchemaJson<string> => ({
  '': {
    entityTypes: {
      Role: { enum: [...roles] as [string, ...string[]] },
      Operator: { memberOfTypes: ['Role'] },
      Deployment: { enum: [theDeployment.id] },
    },
    actions: {},
  },
  Permission: {
    entityTypes: {},
    actions: Object.fromEntries(permissions.map((permission) => [permission, { appliesTo }])),
  },
  Command: {
    entityTypes: {},
    actions: Object.fromEntries(
      [...commands].map(({ name, permission }) => [
        name,
        { memberOf: [{ type: permissionType, id: permission }], appliesTo },
      ]),
    ),
  },
})

export const permissionType = 'Permission::Action'
export const commandType = 'Command::Action'
export const theDeployment = { type: 'Deployment', id: 'this' } as const

const appliesTo: ApplySpec<string> = {
  principalTypes: ['Operator'],
  resourceTypes: ['Deployment'],
  context: {
    type: 'Record',
    attributes: {
      /** How many administrators are not disabled. */
      administrators: { type: 'Long' },
      /** Of a command: whom it concerns, and which roles that one holds after it. */
      target: { type: 'Entity', name: 'Operator', required: false },
      roles: { type: 'Set', element: { type: 'Entity', name: 'Role' }, required: false },
    },
  },
}
