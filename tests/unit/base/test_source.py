import doctest
import linecache
import os
import subprocess
import sys
import textwrap
import threading
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

import flowgraph
from flowgraph import source
from flowgraph.source import Site, here

PACKAGE = os.path.dirname(flowgraph.__file__)


def defined_in(filename, text, **names):
    """Run a piece of source as if it were the contents of a file."""
    exec(compile(textwrap.dedent(text), filename, "exec"), names)
    return names


@pytest.fixture
def engine():
    """A function of the package that reports who called it."""
    text = "def build(*_):\n    return inner()\ndef inner():\n    return here()\n"
    return defined_in(os.path.join(PACKAGE, "layers", "fake.py"), text, here=here)["build"]


def test_the_site_is_the_callers_line(engine):
    line = sys._getframe().f_lineno + 1
    site = engine()
    assert (site.filename, site.line) == (__file__, line)
    assert site.function == "test_the_site_is_the_callers_line"
    assert site.text == "site = engine()"
    assert site.traceback_line() == (
        f'File "{__file__}", line {line}, in {site.function}\n  site = engine()'
    )


def test_a_call_over_several_lines_is_found_at_its_start(engine):
    line = sys._getframe().f_lineno + 1
    site = engine(
        1,
        2,
    )
    assert site.line == line


def test_each_call_of_one_line_is_its_own_site(engine):
    first, second = engine(), engine()
    assert first.line == second.line
    assert first != second
    sites = [engine() for _ in range(2)]
    assert sites[0] == sites[1]
    assert len({first, second, *sites}) == 3


def test_a_dataclass_of_the_package_is_engine():
    made = defined_in(
        os.path.join(PACKAGE, "ops", "fake.py"),
        """
        import dataclasses
        @dataclasses.dataclass
        class Node:
            value: int
            def __post_init__(self):
                self.site = here()
        """,
        here=here,
        __name__="flowgraph.fake",
        __file__=os.path.join(PACKAGE, "ops", "fake.py"),
    )
    module = type(sys)("flowgraph.fake")
    module.__dict__.update(made)
    sys.modules["flowgraph.fake"] = module
    try:
        made = defined_in(
            os.path.join(PACKAGE, "ops", "fake.py"),
            "@dataclasses.dataclass\nclass Leaf(Node):\n    other: int = 0\n",
            **made,
        )
    finally:
        del sys.modules["flowgraph.fake"]
    assert made["Leaf"](3).site.filename == __file__


def test_a_decorator_between_package_and_user_is_skipped():
    made = defined_in(
        os.path.join(PACKAGE, "fake.py"),
        """
        import contextlib, functools
        @contextlib.contextmanager
        def scope():
            yield here()
        @functools.singledispatch
        def convert(value):
            return here()
        """,
        here=here,
    )
    with made["scope"]() as site:
        assert site.filename == __file__
    assert made["convert"](3).filename == __file__


def test_code_run_from_a_string_is_the_users(engine):
    site = defined_in("<string>", "\n\nsite = engine()", engine=engine)["site"]
    assert (site.filename, site.line, site.function) == ("<string>", 3, "<module>")
    assert site.text == ""
    assert site.traceback_line() == 'File "<string>", line 3, in <module>'


def test_a_notebook_cell_is_the_users(engine):
    name = "<ipython-input-1-abc>"
    linecache.cache[name] = (16, None, ["x = 1\n", "    site = engine()\n"], name)
    try:
        site = defined_in(name, "x = 1\nsite = engine()", engine=engine)["site"]
        assert site.traceback_line() == f'File "{name}", line 2, in <module>\n  site = engine()'
    finally:
        del linecache.cache[name]


def test_a_doctest_is_the_users(engine):
    sites = []
    names = {"engine": engine, "sites": sites, "__file__": source.__file__}
    test = doctest.DocTestParser().get_doctest(
        ">>> x = 1\n>>> sites.append(engine())\n", names, "sample", None, 0
    )
    doctest.DocTestRunner().run(test)
    (site,) = sites
    assert site.filename == "<doctest sample[1]>"


def test_main_is_the_users():
    text = "def main():\n    return here()\n"
    site = defined_in(os.path.join(PACKAGE, "__main__.py"), text, here=here)["main"]()
    assert (os.path.basename(site.filename), site.function) == ("__main__.py", "main")


def test_a_directory_beside_the_package_is_the_users():
    text = "def build():\n    return here()\n"
    filename = PACKAGE + "_models" + os.sep + "net.py"
    assert defined_in(filename, text, here=here)["build"]().filename == filename


def test_the_boundary_can_be_moved(engine):
    text = "def dense():\n    return engine()\n"
    library = os.path.join(os.sep, "lib", "slim", "dense.py")
    dense = defined_in(library, text, engine=engine)["dense"]
    assert dense().filename == library
    source.add_engine_prefix(os.path.dirname(library) + os.sep)
    try:
        assert dense().filename == __file__
    finally:
        source.remove_engine_prefix(os.path.dirname(library) + os.sep)
    assert dense().filename == library
    with pytest.raises(KeyError):
        source.remove_engine_prefix("never added")


def test_a_thread_has_a_site(engine):
    sites = []
    thread = threading.Thread(target=lambda: sites.append(engine()))
    thread.start()
    thread.join()
    assert sites[0].filename == __file__


def test_without_a_user_the_outermost_frame_is_found(tmp_path):
    program = """
        import sys, flowgraph.source as source
        source.add_engine_prefix(sys.argv[0])
        def build():
            return source.here()
        for _ in range(2):
            site = build()
        print(site.line, site.function)
    """
    path = tmp_path / "all_engine.py"
    path.write_text(textwrap.dedent(program))
    root = os.path.dirname(PACKAGE)
    result = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "7 <module>\n"


def test_a_site_can_be_made_of_any_frame():
    frame = sys._getframe()
    line = sys._getframe().f_lineno + 1
    site = Site(frame.f_code, frame.f_lasti)
    assert site.line == line
    assert repr(site) == (f"<Site {__file__}:{line} in test_a_site_can_be_made_of_any_frame>")


def test_a_cell_is_told_by_its_prompt(engine, monkeypatch):
    class Compiler:
        def format_code_name(self, name):
            return ("Cell", "In[3]") if name == "/tmp/ipykernel_1/42.py" else None

    shell = SimpleNamespace(compile=Compiler())
    site = defined_in("/tmp/ipykernel_1/42.py", "\nsite = engine()", engine=engine)["site"]
    assert (site.place, site.heading) == ("42.py:2", 'File "/tmp/ipykernel_1/42.py"')
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert site.place == "In [3]:2"
    assert site.traceback_line() == "Cell In [3], line 2, in <module>"
    assert engine().place.startswith("test_source.py:")
    del Compiler.format_code_name  # before IPython 7.24, whose names of cells hold the number
    assert site.place == "42.py:2"
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert site.place == "42.py:2"


@pytest.mark.skipif(find_spec("nbclient") is None, reason="needs the extra notebooks")
def test_a_cell_of_a_running_notebook_is_told_by_its_prompt():
    program = """
        import nbclient, nbformat.v4 as new
        build = "import flowgraph as tf\\nx = tf.zeros([2], name='x')"
        show = "print(tf.debugprint(x), tf.Session().explain(x, stage='prune'), x.op.site)"
        book = new.new_notebook(cells=[new.new_code_cell(text) for text in ("1", build, show)])
        nbclient.NotebookClient(book).execute()
        print(book.cells[2].outputs[0].text)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=os.path.dirname(PACKAGE),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.count("In [2]:2") == 2
    assert "Cell In [2], line 2, in <module>\n    x = tf.zeros" in result.stdout
