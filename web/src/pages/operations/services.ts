/** Every service has the same operations; which one is only another address. */
import { board, campaigns, customers, loyalty, notifications, segmentation, stores } from "@/api/client";

export const SERVICES = { stores, customers, loyalty, segmentation, campaigns, notifications, console: board } as const;

export type ServiceName = keyof typeof SERVICES;

export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

/** As one of them: their operations are the same by contract, which their documents repeat. */
export const operationsOf = (service: ServiceName): typeof stores => SERVICES[service] as typeof stores;
