import Testing

@testable import Observation

struct ProgramNameTests {
    private func name(_ words: [String], file: String? = "python3.11", name: String? = "python3") -> ProgramName? {
        ProgramName(words: words, file: file, name: name)
    }

    @Test(
        arguments: [
            ("python3 /srv/shop/app.py --port 80", "app.py"),
            ("/srv/venv/bin/python /srv/venv/bin/gunicorn app:app", "gunicorn"),
            ("/usr/bin/python3.11 -u -X dev -W ignore -W error::x -Ebs /usr/bin/celery -A shop worker", "celery"),
            ("python3 -Xfrozen_modules=off -Wignore app.py", "app.py"),
            ("python3 -m shop.worker --queue a", "shop.worker"),
            ("python3 -mshop.worker", "shop.worker"),
            ("python3 -uBm shop.__main__", "shop"),
            ("python3 -uW ignore -m shop", "shop"),
            ("python3 --check-hash-based-pycs always app.py", "app.py"),
            ("python3 -- -odd.py", "-odd.py"),
            ("python3 manage.py runserver 0.0.0.0:80", "manage.py runserver"),
            ("python3 /srv/manage.py --version", "manage.py"),
            ("python3 -m django migrate", "django migrate"),
            ("python3 app.pyz", "app.pyz"),
            ("python3 /srv/shop/__main__.py", "shop"),
            ("python3 /srv/shop/", "shop"),
            ("python3 .", "python"),
            ("python3 -c pass", "python -c"),
            ("python3 -", "python -"),
            ("python3 /dev/fd/63", "python -"),
            ("python3", "python"),
            ("python3 -i", "python"),
            ("-python3", "python"),
            ("python3 /tmp/tmpab12cd_9.py", "tmp*.py"),
            ("python3 /srv/0123456789abcdef0123-app.py", "*-app.py"),
            ("python3 run-123e4567-e89b-12d3-a456-426614174000", "run-*"),
            ("python3 backup-20260101.py", "backup-*.py"),
            ("python3 /nix/store/x/bin/.gunicorn-wrapped", "gunicorn"),
            ("python3 /srv/.-wrapped", ".-wrapped"),
            ("shop-web /srv/app.py", "app.py"),
        ]
    )
    func `an interpreter has the name of what it runs`(command: String, expected: String) {
        #expect(name(command.split(separator: " ").map(String.init)) == .known(expected))
    }

    @Test(
        arguments: [
            ("gunicorn: master [app:app]", "gunicorn"),
            ("gunicorn: worker [app:app]", "gunicorn"),
            ("[celeryd: celery@host:MainProcess] -active- (worker)", "celeryd"),
            ("ray::Actor.method", "ray"),
            ("airflow scheduler -- DagFileProcessorManager", "airflow"),
            ("worker-17: request 4711", "worker"),
            ("worker#3 idle", "worker"),
            ("/usr/bin/python3 /usr/bin/salt-master MWorker-0", "salt-master"),
            ("shop", "shop"),
            ("4711 done", "python"),
            ("/users/17 running", "python"),
            ("python: shop", "python"),
            ("\u{1B}[31m", "python"),
        ]
    )
    func `a title has the name of its first word`(title: String, expected: String) {
        #expect(name([title]) == .known(expected))
    }

    @Test func `a program that embeds Python has the name of its file`() {
        #expect(name(["uWSGI worker 1"], file: "uwsgi") == .known("uwsgi"))
        #expect(name(["/usr/bin/gdb", "python3", "app.py"], file: "gdb") == .known("gdb"))
        #expect(
            name(["/lib/ld-musl-x86_64.so.1", "/usr/bin/python3", "app.py"], file: "ld-musl-x86_64.so.1")
                == .known("app.py")
        )
    }

    @Test func `without rights to see the file, the command line decides`() {
        #expect(
            name(["/srv/venv/bin/python", "/srv/venv/bin/gunicorn"], file: nil, name: "gunicorn") == .known("gunicorn")
        )
        #expect(name(["gunicorn: master [a]"], file: nil, name: "gunicorn: maste") == .known("gunicorn"))
        #expect(name(["/usr/bin/uwsgi", "--ini", "x"], file: nil, name: "uwsgi") == .known("uwsgi"))
        #expect(name([], file: nil, name: "python3") == .known("python"))
        #expect(name([], file: nil, name: nil) == nil)
        #expect(name([], file: nil, name: "") == nil)
    }

    @Test(
        arguments: [
            ["-c", "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5)", "--multiprocessing-fork"],
            ["-c", "from multiprocessing.forkserver import main; main(5, 6, ['__main__'])"],
            ["-sE", "-c", "from multiprocessing.resource_tracker import main;main(5)"],
            ["-c", "from joblib.externals.loky.backend.resource_tracker import main; main(5, False)"],
            ["-m", "joblib.externals.loky.backend.popen_loky_posix", "--process-name", "LokyProcess-1"],
        ]
    )
    func `processes of multiprocessing do a part of another's work`(arguments: [String]) {
        #expect(name(["/usr/bin/python3"] + arguments) == .partOfAnother)
    }

    @Test func `other code that uses multiprocessing is a program`() {
        #expect(name(["python3", "-c", "from multiprocessing.pool import Pool; Pool()"]) == .known("python -c"))
    }
}
