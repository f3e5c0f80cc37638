export function isDebian(): boolean;
export function missingPackages(packages: string[]): Promise<string[]>;
export function installDebianPackages(packages: string[], purpose: string): Promise<void>;
