/** Every service's API, typed by its OpenAPI document. */
import createClient from "openapi-fetch";

import { authorizedFetch } from "./fetching";
import type { paths as Access } from "./generated/access";
import type { paths as Campaigns } from "./generated/campaigns";
import type { paths as Console } from "./generated/console";
import type { paths as Customers } from "./generated/customers";
import type { paths as Loyalty } from "./generated/loyalty";
import type { paths as Notifications } from "./generated/notifications";
import type { paths as Segmentation } from "./generated/segmentation";
import type { paths as Stores } from "./generated/stores";
import { problemOf, unanswered } from "./problem";

// Repeated, not joined by commas: as FastAPI reads lists.
const querySerializer = { array: { style: "form", explode: true } } as const;

function client<Paths extends object>(service: string) {
  return createClient<Paths>({
    baseUrl: `${location.origin}/api/${service}/v1`,
    fetch: (request) => authorizedFetch(request),
    querySerializer,
  });
}

export const board = client<Console>("console");
export const campaigns = client<Campaigns>("campaigns");
export const customers = client<Customers>("customers");
export const loyalty = client<Loyalty>("loyalty");
export const notifications = client<Notifications>("notifications");
export const segmentation = client<Segmentation>("segmentation");
export const stores = client<Stores>("stores");

/** Signing in needs no token, and its 401 means what it says. */
export const access = createClient<Access>({ baseUrl: `${location.origin}/api/access/v1` });

interface Answered<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** What a service answered. Raises `Problem`. */
export async function answer<Data>(asked: Promise<Answered<Data>>): Promise<Data> {
  let found: Answered<Data>;
  try {
    found = await asked;
  } catch (error) {
    throw unanswered(error);
  }
  if (!found.response.ok) throw problemOf(found.error, found.response);
  return found.data as Data;
}
