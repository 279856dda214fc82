"""Sources that stand outside claims, and fall silent when a test says so: the registers of workers, and the anagrafe."""

import concurrent.futures
import contextlib
import http.server
import subprocess
import threading

import grpc
from omnia.registers.v1 import registers_pb2, registers_pb2_grpc


class Registers(registers_pb2_grpc.RegistersServiceServicer):
    """The register of persons, which does not know the first worker of any list, and the UniEmens, which know all."""

    def __init__(self):
        self.answering = threading.Event()
        self.answering.set()

    def meet(self, context):
        """Says nothing for as long as the caller waits."""
        while not self.answering.wait(timeout=0.05):
            if not context.is_active():
                context.abort(grpc.StatusCode.CANCELLED, "nobody waits any more")

    def FindUnknownPersons(self, request, context):
        self.meet(context)
        return registers_pb2.FindUnknownPersonsResponse(positions=[0])

    def FindNotEmployed(self, request, context):
        self.meet(context)
        return registers_pb2.FindNotEmployedResponse()

    def tace(self):
        self.answering.clear()

    def risponde(self):
        self.answering.set()


class Anagrafe:
    """The anagrafe of a platform, whose answers on units wait for a lock that somebody holds."""

    def __init__(self, platform):
        self.platform = platform
        self.holder = None

    def tace(self):
        url = self.platform.run["databases"]["anagrafe"]
        self.holder = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.holder.stdin.write("begin; lock table headcount in access exclusive mode; select 'locked';\n")
        self.holder.stdin.flush()
        assert self.holder.stdout.readline() == "locked\n"

    def risponde(self):
        if self.holder:
            self.holder.communicate("rollback;\n", timeout=60)
            self.holder = None


@contextlib.contextmanager
def registers():
    """Registers of workers on a port of their own, and its number."""
    held = Registers()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=32))
    registers_pb2_grpc.add_RegistersServiceServicer_to_server(held, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield held, port
    held.risponde()
    server.stop(grace=None)


@contextlib.contextmanager
def switchboard(**sources):
    """An address at which a browser test lets a source fall silent (`/NAME/tace`) and answer again (`/NAME/risponde`)."""

    class Switches(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            _, name, how = self.path.split("/")
            getattr(sources[name], how)()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Switches)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        for source in sources.values():
            source.risponde()
        server.shutdown()
        thread.join()
        server.server_close()
