/** Where a stored file of a site is read: a visitor's voice or photo. */
export const fileUrl = (site: string, file: string): string => `/api/v1/sites/${encodeURIComponent(site)}/files/${encodeURIComponent(file)}`;
