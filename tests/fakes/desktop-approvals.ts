import { implement } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'

/** 承認 with nothing proposed. */
export const fakeApprovals = () => {
  const os = implement(desktopContract).approvals
  return {
    propose: os.propose.handler(({ input }) => input),
    vote: os.vote.handler(() => ({})),
    exportRequest: os.exportRequest.handler(() => ({ file: 'request.json' })),
    answerFile: os.answerFile.handler(() => ({ file: 'vote.json' })),
    carryFile: os.carryFile.handler(() => ({
      what: 'vote' as const,
      id: '01900000-0000-7000-8000-000000000000' as never,
    })),
  }
}
