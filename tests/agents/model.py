#!/usr/bin/env python3
"""A model that isn't one: it asks for the tool calls that it was told, one after the other, and then says that it is done.

    model.py CALLS LOG PORT_FILE

CALLS is a file of JSON, [["tool", {its input}], ...]. LOG gets one line of JSON for each call: what the agent answered. PORT_FILE
gets the port of 127.0.0.1 that chat completions are asked on, once they can be.
"""

import http.server
import json
import os
import sys

CALLS, LOG, PORT_FILE = sys.argv[1:]
with open(CALLS, encoding="utf-8") as file:
    WANTED = json.load(file)


def delta(request):
    """What the model says next: how many of its calls have been answered tells which one is due."""
    answers = [message for message in request.get("messages", []) if message.get("role") == "tool"]
    with open(LOG, "w", encoding="utf-8") as log:
        for (tool, given), answer in zip(WANTED, answers):
            log.write(json.dumps({"tool": tool, "input": given, "answer": answer.get("content")}) + "\n")
    if not request.get("tools") or len(answers) >= len(WANTED):
        return {"role": "assistant", "content": "done"}, "stop"
    tool, given = WANTED[len(answers)]
    call = {
        "index": 0,
        "id": f"call{len(answers)}",
        "type": "function",
        "function": {"name": tool, "arguments": json.dumps(given)},
    }
    return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"


class Model(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        text = b""
        while size := int(self.rfile.readline(), 16):
            text += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return text

    def answer(self, kind, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer("application/json", json.dumps({"object": "list", "data": []}))

    def do_POST(self):
        request = json.loads(self.body())
        said, why = delta(request)
        common = {"id": "1", "created": 1, "model": request.get("model")}
        used = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if not request.get("stream"):
            choice = {"index": 0, "message": said, "finish_reason": why}
            whole = {**common, "object": "chat.completion", "choices": [choice], "usage": used}
            return self.answer("application/json", json.dumps(whole))
        pieces = [
            {"choices": [{"index": 0, "delta": said, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": why}], "usage": used},
        ]
        lines = [json.dumps({**common, "object": "chat.completion.chunk", **piece}) for piece in pieces]
        return self.answer("text/event-stream", "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
with open(PORT_FILE + ".new", "w", encoding="utf-8") as file:
    file.write(str(server.server_port))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
