export declare const NOT_AT_RUN_TIME: string[];
