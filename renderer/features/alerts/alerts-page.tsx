export const AlertsPage = () => null
