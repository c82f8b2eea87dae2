"""The recorded calls of SQS, replayed on ElasticMQ.

A replay does not wait as the recorded run did: messages are sent without their delay, and stay hidden once they were received.
"""

from wire import Findings, error_code, MARK

HIDDEN = 43_200


class Replay:
    def __init__(self, emulator):
        self.emulator = emulator
        self.findings = Findings()
        self.looked = {"messages sent": 0, "messages received": 0, "messages deleted": 0, "other calls": 0, "messages of other services": 0}
        self.urls, self.sent, self.bodies, self.handles, self.ids, self.ready = {}, {}, {}, {}, {}, {}

    def run(self, calls):
        calls = [call for call in calls if call["service"] == "sqs" and error_code(call) != "AccessDenied"]
        for call in calls:
            if call["operation"] == "SendMessage" and call["status"] < 400:
                self.sent[call["answer"]["MessageId"]] = call
        for call in calls:
            getattr(self, call["operation"], self.other)(call)

    def url(self, recorded):
        if recorded not in self.urls:
            name = recorded.rpartition("/")[2]
            error, answer = self.emulator.json("sqs", "AmazonSQS.CreateQueue", {"QueueName": name, "Attributes": {"VisibilityTimeout": str(HIDDEN)}})
            if error:
                raise RuntimeError(f"The queue {name} could not be created: {answer}")
            self.urls[recorded] = answer["QueueUrl"]
        return self.urls[recorded]

    def ask(self, call, **changes):
        """The emulator's answer to a call; what it was refused with is compared."""
        request = {**call["request"], "QueueUrl": self.url(call["request"]["QueueUrl"]), **changes}
        error, answer = self.emulator.repeat(call, request)
        expected = error_code(call)
        if error != expected:
            self.findings.add("status", f"sqs.{call['operation']} {expected or 'success'}", f"line {call['line']}: {expected or 'success'} here, {error or 'success'} there: {answer!r:.300}")
        return answer if error is None else None

    def compare(self, call, ours, theirs):
        self.findings.compare(call, ours, theirs, f"sqs.{call['operation']} answer")

    def SendMessage(self, call):
        if call["status"] < 400 and self.sent.pop(call["answer"]["MessageId"], None) is None:
            return
        self.looked["messages sent"] += 1
        body = call["request"]["MessageBody"]
        answer = self.ask(call, DelaySeconds=0)
        if answer is None or call["status"] >= 400:
            return
        # The digest of a body with a secret in it is not the one of what is in the recording.
        hidden = {"MD5OfMessageBody": MARK} if MARK in body else {}
        self.compare(call, {**call["answer"], **hidden, "MessageId": MARK}, answer)
        self.ids[call["answer"]["MessageId"]] = answer["MessageId"]

    def ReceiveMessage(self, call):
        ours = call["answer"].get("Messages", []) if call["status"] < 400 else []
        for message in ours:
            if (sent := self.sent.get(message["MessageId"])) is not None:
                # It was received before its sender was answered.
                self.SendMessage(sent)
            elif message["MessageId"] not in self.ids:
                self.put(call, message)
            self.looked["messages received"] += 1
            theirs = self.receive(call, self.ids[message["MessageId"]])
            if theirs is None:
                self.findings.add("absent-there", "sqs.ReceiveMessage message", f"line {call['line']}: the message {message['MessageId']} never came")
                continue
            self.handles[message["ReceiptHandle"]] = theirs["ReceiptHandle"]
            hidden = {"MD5OfBody": MARK} if MARK in message["Body"] else {}
            shown = {**message, **hidden, "MessageId": MARK, "ReceiptHandle": MARK, "Attributes": sorted(message.get("Attributes", {}))}
            self.compare(call, shown, {**theirs, "Attributes": sorted(theirs.get("Attributes", {}))})

    def put(self, call, message):
        """EventBridge and other services send without a recorded call."""
        self.looked["messages of other services"] += 1
        request = {"QueueUrl": self.url(call["request"]["QueueUrl"]), "MessageBody": message["Body"]}
        self.ids[message["MessageId"]] = self.emulator.json("sqs", "AmazonSQS.SendMessage", request)[1]["MessageId"]

    def receive(self, call, wanted):
        """A message of the emulator; those that came with it are kept for later. Again the same one, where it was received twice."""
        if wanted not in self.ready:
            answer = self.ask(call, WaitTimeSeconds=0)
            for message in (answer or {}).get("Messages", []):
                self.ready[message["MessageId"]] = message
            if answer and wanted not in self.ready and answer.get("Messages"):
                return self.receive(call, wanted)
        return self.ready.get(wanted)

    def DeleteMessageBatch(self, call):
        entries = [{**entry, "ReceiptHandle": self.handles.get(entry["ReceiptHandle"], "unknown")} for entry in call["request"]["Entries"]]
        answer = self.ask(call, Entries=entries)
        self.looked["messages deleted"] += len(entries)
        if answer is not None and call["status"] < 400:
            self.compare(call, call["answer"], answer)

    def ChangeMessageVisibility(self, call):
        self.looked["other calls"] += 1
        # It is to stay hidden, since the replay knows no time.
        self.ask(call, ReceiptHandle=self.handles.get(call["request"]["ReceiptHandle"], "unknown"), VisibilityTimeout=HIDDEN)

    def other(self, call):
        self.looked["other calls"] += 1
        answer = self.ask(call)
        if answer is not None and call["status"] < 400:
            self.compare(call, call["answer"], answer)
