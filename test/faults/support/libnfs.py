"""A client of one NFSv4 export, made of libnfs: `put` and `get` files, `hold` one open, or `keep` reading one.

usage: libnfs.py put|get URL DIRECTORY      names, as a JSON list, on standard input
       libnfs.py hold URL NAME              a line on standard input ends it

libnfs 4.0 sends about 3.9 KB at most in one write of NFSv4, which its own nfs-cp does not know.
"""
import ctypes, json, os, sys

WRITE, READ = 3900, 1 << 20
library = ctypes.CDLL('libnfs.so.13')
pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64


class Url(ctypes.Structure):
    _fields_ = [('server', text), ('path', text), ('file', text)]


def known(name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


error_of = known('nfs_get_error', text, pointer)
nfs = known('nfs_init_context', pointer)()


def call(name, *arguments):
    answer = calls[name](nfs, *arguments)
    if answer < 0:
        sys.exit(f'{name}: {error_of(nfs).decode()}')
    return answer


calls = {
    name: known(name, ctypes.c_int, pointer, *arguments)
    for name, arguments in {
        'nfs_mount': (text, text),
        'nfs_mkdir': (text,),
        'nfs_create': (text, ctypes.c_int, ctypes.c_int, pointer),
        'nfs_open': (text, ctypes.c_int, pointer),
        'nfs_write': (pointer, number, text),
        'nfs_read': (pointer, number, text),
        'nfs_close': (pointer,),
    }.items()
}


def opened(name, flags=None):
    handle = ctypes.c_void_p()
    path = f'/{name}'.encode()
    if flags is None:
        call('nfs_create', path, os.O_WRONLY | os.O_CREAT, 0o644, ctypes.byref(handle))
    else:
        call('nfs_open', path, flags, ctypes.byref(handle))
    return handle


def put(directory, names):
    for folder in sorted({'/'.join(name.split('/')[:depth]) for name in names for depth in range(1, name.count('/') + 1)}):
        call('nfs_mkdir', f'/{folder}'.encode())
    for name in names:
        handle = opened(name)
        with open(os.path.join(directory, name), 'rb') as source:
            while chunk := source.read(WRITE):
                if call('nfs_write', handle, len(chunk), chunk) != len(chunk):
                    sys.exit('a write was cut short')
        call('nfs_close', handle)


def get(directory, names):
    buffer = ctypes.create_string_buffer(READ)
    for name in names:
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle = opened(name, os.O_RDONLY)
        with open(path, 'wb') as target:
            while size := call('nfs_read', handle, READ, buffer):
                target.write(buffer.raw[:size])
        call('nfs_close', handle)


def hold(name):
    handle = opened(name)
    call('nfs_write', handle, WRITE, b'a' * WRITE)
    print('held', flush=True)
    sys.stdin.readline()
    call('nfs_write', handle, WRITE, b'b' * WRITE)
    call('nfs_close', handle)
    print('closed', flush=True)


deed, url, what = sys.argv[1:4]
parsed = Url.from_address(known('nfs_parse_url_dir', pointer, pointer, text)(nfs, url.encode()))
call('nfs_mount', parsed.server, parsed.path)
if deed == 'hold':
    hold(what)
else:
    {'put': put, 'get': get}[deed](what, json.load(sys.stdin))
