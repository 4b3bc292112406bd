// The emulator in a container for Node tests: `npm install --save-dev testcontainers`, then copy this file.
//
// Build the image first (`docker build -t flexprice-mock .` in a checkout), or name yours in FLEXPRICE_MOCK_IMAGE.
//
//   const flexprice = await startFlexprice({ profile: "upstream" });
//   const client = new Flexprice({ serverURL: flexprice.baseUrl, apiKeyAuth: "a key of your own" });
//   await fetch(`${flexprice.url}/_mock/reset`, {
//     method: "POST", headers: { "x-api-key": "a key of your own", "x-mock-token": flexprice.controlToken,
//     "content-type": "application/json" }, body: JSON.stringify({ scope: "all" }) });
//   await flexprice.stop();
//
// A key owns an environment, so that tests may share one container: give each its own key.
import { randomUUID } from "node:crypto";
import { GenericContainer, Wait } from "testcontainers";

const PORT = 8080;

/**
 * Start a container; resolves when it answers. `profile` is "documented" or "upstream". `allowedHost` is the name under
 * which the container is reached where that is not localhost (a remote engine, a container as the build machine).
 */
export async function startFlexprice({
  image = process.env.FLEXPRICE_MOCK_IMAGE ?? "flexprice-mock",
  profile = "documented",
  allowedHost = process.env.TESTCONTAINERS_HOST_OVERRIDE ?? "localhost",
} = {}) {
  const controlToken = randomUUID();
  const container = await new GenericContainer(image)
    .withExposedPorts(PORT)
    .withEnvironment({
      FLEXPRICE_MOCK_PROFILE: profile,
      FLEXPRICE_MOCK_ALLOWED_HOST: allowedHost,
      FLEXPRICE_MOCK_CONTROL_TOKEN: controlToken,
    })
    .withWaitStrategy(Wait.forHttp("/health", PORT).forStatusCode(200))
    .start();
  const url = `http://${container.getHost()}:${container.getMappedPort(PORT)}`;
  return { url, baseUrl: `${url}/v1`, controlToken, stop: () => container.stop() };
}
