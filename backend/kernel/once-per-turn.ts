/** Many rows change in one commit; what follows from them is done once, after the commit's own answers. */
export const oncePerTurn = (work: () => void): (() => void) => {
  let due = false
  return () => {
    if (due) return
    due = true
    setImmediate(() => {
      due = false
      work()
    })
  }
}
