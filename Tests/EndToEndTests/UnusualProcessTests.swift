import FoundationEssentials
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    struct UnusualProcessTests {
        /// Makes one system call fail with an error, then executes a program: seccomp(2), with a filter of linux/filter.h
        /// that compares the number of the call.
        private static let refuse = """
            import ctypes, os, struct, sys
            number, error, program, *arguments = sys.argv[1:]
            steps = [(0x20, 0, 0, 0), (0x15, 0, 1, int(number)), (0x06, 0, 0, 0x50000 | int(error)),
                     (0x06, 0, 0, 0x7fff0000)]
            code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
            class Filter(ctypes.Structure):
                _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]
            prctl = ctypes.CDLL(None, use_errno=True).prctl
            if prctl(38, 1, 0, 0, 0) or prctl(22, 2, ctypes.byref(Filter(len(steps), ctypes.addressof(code)))):
                sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
            os.execv(program, [program, *arguments])
            """

        #if arch(arm64)
            private static let readMemory = 270
        #else
            private static let readMemory = 310
        #endif

        private static let keeper = """
            import ctypes
            usleep = ctypes.PyDLL(None).usleep
            print("keeping", flush=True)
            while True: usleep(10_000_000)
            """

        @Test(
            .needsPython,
            arguments: [ENOSYS, EPERM]
        )
        func `a process is read from /proc/PID/mem if process_vm_readv is missing or refused`(error: CInt) async throws
        {
            let transcript = Transcript()
            let python = try LogPipe.attached(to: transcript) { descriptor in
                try ChildProcess(
                    "python3",
                    ["-c", Self.keeper],
                    environment: .searchPath,
                    descriptors: [0, descriptor, 2]
                )
            }
            try await transcript.entry(with: "keeping")
            let invocation = try await Invocation.run(
                "python3",
                ["-c", Self.refuse, "\(Self.readMemory)", "\(error)", Binary.path]
                    + ["watch", "--once", "--json", "\(python.id)"]
            )
            #expect(invocation.ending == .exited(0))
            #expect(invocation.errors.contains("process_vm_readv"))
            struct Document: Decodable {
                var held: Double
                enum CodingKeys: String, CodingKey { case held = "held_ratio" }
            }
            let document = try JSONDecoder().decode(Document.self, from: Data(invocation.output.utf8))
            #expect(document.held >= 0.99 && document.held <= 1)
            python.signal(9)
        }

        /// Fakes interpreters by writing into its own memory, and then sleeps.
        private static func impostor(_ role: String) -> String {
            """
            role = '\(role)'
            import ctypes, sys
            runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
            usleep = ctypes.PyDLL(None).usleep
            def word(address, value=None):
                place = ctypes.c_uint64.from_address(address)
                if value is not None: place.value = value
                return place.value
            minor = sys.version_info[1]
            if minor >= 13:
                head, number, following, threads, lock = (word(runtime + offset) for offset in
                                                          (40, 56, 64, 72, 112 if minor == 13 else 120))
                following_thread = word(runtime + (168 if minor == 13 else 192))
            else:
                head, following, number, threads, lock = {
                    8: (32, 0, 16, 8, 1152), 9: (32, 0, 24, 8, 352), 10: (32, 0, 24, 8, 352), 11: (40, 0, 48, 16, 360),
                    12: (40, 0, 8, 72, 384)}[minor]
                following_thread = 8
            main = word(runtime + head)
            lock = word(main + lock) if minor >= 12 else runtime + lock
            if role == "throng":
                # No thread holds the lock that is in one of the endless lists.
                size, thread, count, length = 16384 if minor >= 13 else 1024, 1024, 256, 16384
                interpreters, states = (ctypes.create_string_buffer(count * size),
                                        ctypes.create_string_buffer(length * thread))
                first, state = (ctypes.addressof(buffer) + 7 & ~7 for buffer in (interpreters, states))
                for index in range(length - 1):
                    word(state + index * thread + following_thread, state + (index + 1) * thread)
                for index in range(count):
                    own = first + index * size
                    ctypes.memmove(own, main, size - 8)
                    word(own + following, own + size if index + 1 < count else 0)
                    word(own + number, count - 1 - index)
                    word(own + threads, state)
                word(runtime + head, first)
            else:
                # Where glibc counts who waits, in both of its layouts.
                for offset in (28, 36):
                    ctypes.c_uint32.from_address(lock + 32 + offset).value = 1000 << 3 | 2
            while True: usleep(10_000_000)
            """
        }

        private static let configuration = """
            probing:
              interval: 24h
            runtimes:
              discover: none
            observation:
              scan_interval: 1s
              groups:
                - name: $1
                  command_line: role = '(\\w+)'
            """

        @Test(
            .needsPython,
            .timeLimit(.minutes(2))
        )
        func `impostors count as unobservable, and honest processes are sampled beside them`() async throws {
            // It keeps its lock: one that sleeps would be sampled seldom.
            let honest = "role = 'honest'\nimport ctypes; ctypes.PyDLL(None).pause()"
            let scripts = ["throng", "phantoms"].map(Self.impostor) + [honest]
            let processes = try scripts.map { script in
                try ChildProcess("python3", ["-c", script], environment: .searchPath, descriptors: [0, 1, 2])
            }
            let exporter = try await RunningExporter.start(configuration: Self.configuration)
            func isUnobservable(_ group: String, _ reason: String, _ metrics: OpenMetricsDocument) -> Bool {
                metrics.value("gil_process_unobservable", "", ["group": group, "reason": reason]) == 1
            }
            func samples(_ metrics: OpenMetricsDocument) -> Double {
                metrics.value("gil_process_samples", "_total", ["group": "honest"]) ?? 0
            }
            var metrics = try await exporter.metrics()
            try await waitUntil(within: .seconds(60)) {
                metrics = try await exporter.metrics()
                return isUnobservable("throng", "limit", metrics) && isUnobservable("phantoms", "impossible", metrics)
                    && samples(metrics) > 0
            }
            let before = samples(metrics)
            try await waitUntil {
                metrics = try await exporter.metrics()
                return samples(metrics) >= before + 50
            }
            #expect(isUnobservable("throng", "limit", metrics))
            #expect(metrics.value("gil_exporter_observation_search_cpu_seconds", "_total", [:]) ?? 0 > 0)
            #expect(metrics.value("gil_process_waiting_threads", "", ["group": "phantoms"]) ?? 0 == 0)
            #expect(metrics.value("gil_process_wait_seconds", "_total", ["group": "phantoms"]) ?? 0 == 0)
            for process in processes { process.signal(9) }
        }

        @Test(
            .needsPython,
            .timeLimit(.minutes(2))
        )
        func `the time in which the exporter is stopped is charged to no sample`() async throws {
            let python = try ChildProcess(
                "python3",
                ["-c", "role = 'keeper'\n" + Self.keeper],
                environment: .searchPath,
                descriptors: [0, 2, 2]
            )
            let exporter = try await RunningExporter.start(configuration: Self.configuration)
            var metrics = try await exporter.metrics()
            func held() -> Double { metrics.value("gil_process_held_seconds", "_total", ["group": "keeper"]) ?? 0 }
            func missed() -> Double { metrics.value("gil_exporter_observation_missed_seconds", "_total", [:]) ?? 0 }
            try await waitUntil {
                metrics = try await exporter.metrics()
                return held() >= 0.5
            }
            let (heldBefore, missedBefore) = (held(), missed())
            let stop = ContinuousClock.now
            exporter.process.signal(SIGSTOP)
            try await Task.sleep(for: .seconds(8))
            exporter.process.signal(SIGCONT)
            try await waitUntil {
                metrics = try await exporter.metrics()
                return missed() >= missedBefore + 7.5
            }
            let elapsed = (ContinuousClock.now - stop) / .seconds(1)
            #expect(held() - heldBefore <= elapsed - 7.5)
            python.signal(9)
        }
    }
}
