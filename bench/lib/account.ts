/** The administrator of the hubs that a bench starts; they live on loopback for seconds. */
export const ADMIN_ACCOUNT = { email: 'bench@example.test', password: 'a long enough password' };
