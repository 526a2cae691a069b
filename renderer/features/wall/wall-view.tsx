export const WallView = () => null
