// A program that uses the published TypeScript SDK: `node program.mjs BASE_URL KEY`.
// Prints one JSON object: the operations called, and what went wrong (empty if nothing).
import assert from "node:assert/strict";
import { Flexprice } from "@flexprice/sdk";

const [base, key] = process.argv.slice(2);
const called = new Set();
const client = recorded(new Flexprice({ serverURL: base, apiKeyAuth: key }));

/** The SDK, noting the name of every operation called: `client.customers.createCustomer(...)`. */
function recorded(sdk) {
  return new Proxy(sdk, {
    get: (_, family) =>
      new Proxy(sdk[family], {
        get: (operations, name) => (...sent) => {
          called.add(`${family}.${name}`);
          return operations[name](...sent);
        },
      }),
  });
}

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail("it was not refused");
}

const ids = (page) => page.items.map((item) => item.id);
const terms = {
  billingModel: "FLAT_FEE",
  billingPeriod: "MONTHLY",
  billingPeriodCount: 1,
  billingCadence: "RECURRING", // this release demands it, the server ignores it
  invoiceCadence: "ARREAR",
  currency: "USD",
  priceUnitType: "FIAT",
};

async function customers() {
  const made = await client.customers.createCustomer({
    externalId: "cust_001",
    name: "Example Studio",
    metadata: { a: "b" },
  });
  assert.equal(made.externalId, "cust_001");
  assert.deepEqual(made.metadata, { a: "b" });
  assert.equal((await client.customers.getCustomer(made.id)).id, made.id);
  assert.equal((await client.customers.getCustomerByExternalId("cust_001")).id, made.id);
  assert.deepEqual(ids(await client.customers.queryCustomer({ externalId: "cust_001", limit: 5 })), [made.id]);
  const changed = await client.customers.updateCustomer({ addressCity: "Berlin" }, undefined, "cust_001");
  assert.equal(changed.addressCity, "Berlin");
  const spare = await client.customers.createCustomer({ externalId: "spare", name: "Spare" });
  assert.equal(await client.customers.deleteCustomer(spare.id), undefined);
  return made;
}

async function catalogue() {
  const plan = await client.plans.createPlan({ name: "AI Pro", lookupKey: "ai_pro" });
  assert.equal((await client.plans.getPlan(plan.id)).lookupKey, "ai_pro");
  assert.deepEqual(ids(await client.plans.queryPlan({ lookupKey: "ai_pro" })), [plan.id]);
  assert.equal((await client.plans.updatePlan(plan.id, { description: "For studios" })).description, "For studios");
  const feature = await client.features.createFeature({
    name: "Images",
    type: "metered",
    lookupKey: "images",
    meter: {
      name: "image_count",
      eventName: "image_generated",
      aggregation: { type: "SUM", field: "image_count" },
      resetUsage: "BILLING_PERIOD",
    },
  });
  assert.deepEqual(ids(await client.features.queryFeature({ lookupKey: "images" })), [feature.id]);
  const on = { entityType: "PLAN", entityId: plan.id, type: "USAGE", meterId: feature.meterId };
  const price = await client.prices.createPrice({ ...terms, ...on, amount: "0.04", lookupKey: "image" });
  assert.equal(price.amount, "0.04");
  assert.equal(price.currency, "usd");
  assert.equal(price.billingCadence, "RECURRING");
  assert.equal((await client.prices.getPrice(price.id)).meterId, feature.meterId);
  assert.equal((await client.prices.getPriceByLookupKey("image")).id, price.id);
  const tiers = [{ upTo: 10, unitAmount: "0.2" }, { unitAmount: "0.1", flatAmount: "5" }];
  const bulk = await client.prices.createPricesBulk({
    items: [{ ...terms, ...on, billingModel: "TIERED", tierMode: "SLAB", tiers }],
  });
  assert.deepEqual(bulk.items[0].tiers.map((tier) => tier.unitAmount), ["0.2", "0.1"]);
  assert.equal(ids(await client.prices.queryPrice({ entityIds: [plan.id] })).length, 2);
  assert.ok((await client.prices.deletePrice(bulk.items[0].id, {})).message);
  const unit = await client.priceUnits.createPriceUnit({
    name: "Credits",
    code: "crd",
    symbol: "C",
    baseCurrency: "usd",
    conversionRate: "0.01",
  });
  assert.equal((await client.priceUnits.getPriceUnitByCode("crd")).id, unit.id);
  assert.deepEqual(ids(await client.priceUnits.listPriceUnits()), [unit.id]);
  return plan;
}

async function billing(customer, plan) {
  const subscription = await client.subscriptions.createSubscription({
    planId: plan.id,
    customerId: customer.id,
    billingPeriod: "MONTHLY",
    billingPeriodCount: 1,
    billingCadence: "RECURRING",
    currency: "USD",
  });
  assert.equal(subscription.subscriptionStatus, "active");
  assert.equal((await client.subscriptions.getSubscription(subscription.id)).planId, plan.id);
  assert.deepEqual(ids(await client.subscriptions.querySubscription({ customerId: customer.id })), [subscription.id]);
  const event = { eventName: "image_generated", externalCustomerId: "cust_001" };
  const answer = await client.events.ingestEvent({ ...event, eventId: "evt_1", properties: { image_count: "3" } });
  const acknowledged = answer.event_id ?? answer.eventId;
  assert.equal(acknowledged, "evt_1");
  const batch = { events: [{ ...event, eventId: "evt_2", properties: { image_count: "2" } }] };
  assert.ok((await client.events.ingestEventsBulk(batch)).message);
  const later = new Date(Date.now() + 60_000).toISOString();
  const window = { startTime: new Date(Date.now() - 60_000).toISOString(), endTime: later };
  const listed = await client.events.listRawEvents({ externalCustomerId: "cust_001", ...window });
  assert.deepEqual(listed.events.map((found) => found.id).sort(), ["evt_1", "evt_2"]);
  assert.equal((await client.events.getEvent("evt_1")).event.id, "evt_1");
  const sum = { eventName: "image_generated", aggregationType: "SUM", propertyName: "image_count" };
  assert.equal((await client.events.getUsageStatistics({ ...sum, ...window })).value, 5);
  const analytics = await client.events.getUsageAnalytics({ externalCustomerId: "cust_001", ...window });
  assert.equal(analytics.items[0].totalUsage, "5");
  const usage = await client.subscriptions.getSubscriptionUsage({ subscriptionId: subscription.id });
  assert.equal(usage.amount, 0.2);
  assert.deepEqual(usage.charges.map((charge) => charge.quantity), [5]);
  const preview = await client.invoices.getInvoicePreview({ subscriptionId: subscription.id });
  assert.equal(Number(preview.total), 0.2);
  assert.equal((await client.customers.getCustomerEntitlements(customer.id)).customerId, customer.id);
  assert.equal((await client.customers.getCustomerUsageSummary({ customerId: customer.id })).customerId, customer.id);
  const cancelled = await client.subscriptions.cancelSubscription(subscription.id, { cancellationType: "immediate" });
  assert.equal(cancelled.subscriptionId, subscription.id);
}

async function errors(customer) {
  const conflict = await refusal(() => client.customers.createCustomer({ externalId: "cust_001", name: "Again" }));
  assert.equal(conflict.statusCode, 409);
  const missing = await refusal(() => client.customers.getCustomer("nope"));
  assert.equal(missing.statusCode, 404);
  assert.match(missing.body, /not.found/i);
  const plan = await refusal(() => client.plans.getPlan("nope"));
  assert.equal(plan.statusCode, 404);
  // A slash is part of the id to the SDK, and of the path to the server.
  const odd = await refusal(() => client.customers.getCustomerByExternalId("a/b c"));
  assert.equal(odd.statusCode, 404);
  const invalid = await refusal(() => client.customers.createCustomer({ externalId: "unnamed" }));
  assert.equal(invalid.statusCode, 400);
  // Numbers are refused by the SDK itself; nothing is sent.
  const number = { eventName: "e", externalCustomerId: "c", properties: { units: 10 } };
  assert.equal((await refusal(() => client.events.ingestEvent(number))).name, "SDKValidationError");
  const nobody = new Flexprice({ serverURL: base });
  assert.equal((await refusal(() => nobody.customers.getCustomer(customer.id))).statusCode, 401);
  const lost = new Flexprice({ serverURL: base.replace(/\/v1$/, ""), apiKeyAuth: key });
  assert.equal((await refusal(() => lost.customers.getCustomer(customer.id))).statusCode, 404);
}

let wrong = "";
try {
  const customer = await customers();
  const plan = await catalogue();
  await billing(customer, plan);
  await errors(customer);
} catch (error) {
  wrong = `${error.stack}\n${error.body ?? ""}\n${error.rawMessage ?? ""} ${error.cause ?? ""}`;
}
console.log(JSON.stringify({ called: [...called].sort(), wrong }));
