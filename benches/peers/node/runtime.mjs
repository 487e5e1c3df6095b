// The loop of Lambda's Node runtime. The official client of the Runtime API, `aws-lambda-ric`, compiles curl with CMake and autotools
// when it is installed; this does less, and so is in Node's favour.
import http from "node:http";
import { handler } from "./index.mjs";

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { agent, hostname, port, method, path: `/2018-06-01/runtime/invocation/${path}` },
      async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function run() {
  for (;;) {
    const { headers, body } = await call("GET", "next");
    const id = headers["lambda-runtime-aws-request-id"];
    try {
      await call("POST", `${id}/response`, JSON.stringify(await handler(JSON.parse(body))));
    } catch (error) {
      await call("POST", `${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
    }
  }
}

run();
