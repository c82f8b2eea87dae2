"""What a person, a Git host and a build do, from outside, to an installation that is deployed to an AWS emulator."""

import base64
import hashlib
import hmac
import json
import os
import socket
import time
import urllib.error
import urllib.request

WITHIN = 120
TOKEN = "an-admin-token-of-the-trial-0123456789"
SIGNS = "it-signs-pushes"
COMMIT = "a" * 40
REPOSITORY = "https://git.example.com/shop.git"


def eventually(check, seconds=WITHIN):
    """What `check` gives once it gives something; None: it never did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := check()) is not None:
            return found
        time.sleep(0.5)
    return None


class Socket:
    """A WebSocket of which only what arrives is read."""

    def __init__(self, host, port, path):
        self.stream = socket.create_connection((host, port), timeout=WITHIN)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.file = self.stream.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def message(self, seconds):
        """The next text that arrives; None: none does."""
        self.stream.settimeout(seconds)
        try:
            while head := self.file.read(2):
                length = head[1] & 127
                if length > 125:
                    length = int.from_bytes(self.file.read(2 if length == 126 else 8), "big")
                payload = self.file.read(length)
                if head[0] & 15 == 1:
                    return json.loads(payload)
        except OSError:
            pass
        return None


class BlackBox:
    def __init__(self, ministack, outputs, findings):
        self.ministack, self.outputs, self.findings = ministack, outputs, findings
        self.steps = 0
        self.rest = f"/_aws/execute-api/{self.api('RestApiUrl')}/prod"
        self.sockets = f"/_aws/execute-api/{self.api('WebSocketUrl')}/live"

    def api(self, output):
        return self.outputs[output].split("//")[1].split(".")[0]

    def expect(self, what, expected, came, detail=""):
        self.steps += 1
        if came != expected:
            self.findings.add("step", what, f"{expected!r} was expected, {came!r} came. {detail!r:.400}")
        return came == expected

    def call(self, method, path, body=None, token=TOKEN, headers={}):
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {}), **headers}
        request = urllib.request.Request(f"{self.ministack.url}{self.rest}{path}", data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=WITHIN) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            try:
                return error.code, json.loads(text)
            except ValueError:
                return error.code, {"text": text}

    def answers(self, what, status, method, path, *rest, **more):
        came, body = self.call(method, path, *rest, **more)
        self.expect(what, status, came, body)
        return body.get("data") or {} if came == status else {}

    def run(self):
        self.install()
        self.use_rest()
        app = self.answers("an app is created", 201, "POST", "/api/apps", {"name": "shop", "repoUrl": REPOSITORY})
        id = self.push()
        if not app or id is None:
            return
        viewer = self.watch(id)
        self.build(id)
        self.end(id, viewer)

    def install(self):
        """What `npm run deploy` does after the stack: a token for the first admin, the secret of webhooks."""
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        principal = {"name": {"S": "admin"}, "role": {"S": "admin"}, "apps": {"NULL": True}}
        token = {"token_hash": {"S": digest}, "kind": {"S": "token"}, "id": {"N": "1"}, "principal": {"M": principal}, "last_used_at": {"NULL": True}, "github": {"NULL": True}}
        pointer = {"token_hash": {"S": "id#1"}, "points_to": {"S": digest}}
        dynamodb, table = self.ministack.client("dynamodb"), self.outputs["TokensTable"]
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item}} for item in (token, pointer)])
        self.expect("the stack's output of a secret is its ARN", True, self.outputs["WebhookSecretArn"].startswith("arn:"), self.outputs["WebhookSecretArn"])
        self.ministack.client("secretsmanager").put_secret_value(SecretId=self.outputs["WebhookSecretArn"], SecretString=SIGNS)

    def use_rest(self):
        self.answers("the health check answers without a token", 200, "GET", "/api/health", token=None)
        self.answers("a request without a token is refused", 401, "GET", "/api/apps", token=None)
        self.answers("a request with a wrong token is refused", 401, "GET", "/api/apps", token="wrong")
        self.answers("a request with a token is answered", 200, "GET", "/api/apps")
        self.answers("another method is refused", 405, "PUT", "/api/apps")
        self.answers("an unknown path is refused", 404, "GET", "/api/nothing")
        self.answers("invalid settings are refused", 400, "POST", "/api/apps", {"name": "x y"})

    def push(self):
        body = {"ref": "refs/heads/main", "after": COMMIT, "repository": {"clone_url": REPOSITORY}}
        deliver = lambda what, status, signature: self.answers(what, status, "POST", "/api/webhooks/github", body, token=None, headers={
            "X-GitHub-Event": "push", "X-GitHub-Delivery": "one", "X-Hub-Signature-256": f"sha256={signature}",
        })
        signature = hmac.new(SIGNS.encode(), json.dumps(body).encode(), "sha256").hexdigest()
        deliver("a push with a wrong signature is refused", 401, "0" * 64)
        first = deliver("a push is accepted", 202, signature)
        again = deliver("a repeated push is accepted", 202, signature)
        self.expect("a repeated push is the same deployment", first.get("deployment_id"), again.get("deployment_id"))
        return first.get("deployment_id")

    def watch(self, id):
        port = self.ministack.port
        self.expect("a socket without credentials is refused", 401, Socket("127.0.0.1", port, f"{self.sockets}?id={id}").status)
        ticket = self.answers("a ticket is made", 201, "POST", "/api/tickets", {"deploymentId": id})
        path = f"{self.sockets}?id={id}&ticket={ticket.get('ticket')}"
        viewer = Socket("127.0.0.1", port, path)
        self.expect("a socket with a ticket is opened", 101, viewer.status)
        self.expect("a ticket works once", 401, Socket("127.0.0.1", port, path).status)
        return viewer

    def build(self, id):
        """Does what the reporter inside the build does, since the emulator runs none."""
        codebuild = self.ministack.client("codebuild")
        started = eventually(lambda: next(iter(codebuild.list_builds()["ids"]), None))
        if not self.expect("the worker starts a build", True, started is not None):
            return
        [found] = codebuild.batch_get_builds(ids=[started])["builds"]
        given = {entry["name"]: entry["value"] for entry in found.get("environment", {}).get("environmentVariables", [])}
        self.expect("the build has the variables that it was started with", str(id), given.get("DEPLOYMENT_ID"), sorted(given))
        token, ticket = os.urandom(32).hex(), given.get("CLAIM_TICKET") or self.ticket(id)
        whose = {"deployment_id": id, "attempt": 1}
        claim = self.answers("the build is claimed", 200, "POST", "/api/builds/claim", {**whose, "ticket": ticket, "token": token}, token=None)
        self.answers("a build is claimed once", 401, "POST", "/api/builds/claim", {**whose, "ticket": ticket, "token": "0" * 64}, token=None)
        if not claim:
            return
        image = claim["image"]
        pushed = self.image(image["repository"].split("/", 1)[1], image["tag"])
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        report = {
            **whose, "first": 1, "cloned": {"commit": COMMIT, "message": "First"}, "step": {"number": 1, "of": 1},
            "lines": [{"line": "Step 1/1 : FROM scratch\n", "timestamp": now, "stream": "stdout"}],
        }
        self.answers("the build reports lines", 200, "POST", "/api/builds/report", report, token=token)
        finished = {"outcome": "succeeded", "stage": "building", "code": None, "message": None, "exit_code": 0, "image_digest": pushed}
        self.answers("the build reports its end", 200, "POST", "/api/builds/report", {**whose, "first": 2, "finished": finished}, token=token)

    def ticket(self, id):
        """The ticket of a build whose variables the emulator does not show."""
        table = next(name for name in self.ministack.client("dynamodb").list_tables()["TableNames"] if "Tablesdeployments" in name)
        key = {"deployment_id": {"N": str(id)}, "item": {"S": "build#1"}}
        return self.ministack.client("dynamodb").get_item(TableName=table, Key=key)["Item"]["ticket"]["S"]

    def image(self, repository, tag):
        """Pushes an image without content; answers its digest."""
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": "sha256:" + hashlib.sha256(b"{}").hexdigest()}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": []}
        put = self.ministack.client("ecr").put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest))
        return put["image"]["imageId"]["imageDigest"]

    def end(self, id, viewer):
        show = lambda: self.call("GET", f"/api/deployments/{id}")[1]["data"]
        ends = lambda: (lambda shown: shown if shown["finished_at"] else None)(show())
        shown = eventually(ends, 2 * WITHIN) or show()
        self.expect("the deployment succeeds", "success", shown["stage"], shown["error_message"] or shown["message"])
        self.answers("the log is downloaded", 200, "GET", f"/api/deployments/{id}/logs")
        self.expect("what happens arrives at the socket", "status", (viewer.message(5) or {}).get("type"))
        count = lambda: self.call("GET", "/api/metrics")[1]["data"].get("deployments") or None
        self.expect("the end reaches the metrics over the stream, the bus and a queue", True, eventually(count, 4 * WITHIN) is not None, self.call("GET", "/api/metrics"))
        self.answers("the audit has what was done", 200, "GET", "/api/audit")
