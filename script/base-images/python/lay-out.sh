# shellcheck shell=sh
# Lays out Debian's Python packages as python.org's own build would lie below a prefix, with pip, setuptools and wheel.
# Usage: sh -eu lay-out.sh <3.11> <folder of .debs> <prefix>; runs under the Python that it lays out (any architecture's
# bytecode is the same), so that containers, above all emulated ones, need not compile the library at every start.
version=$1
debs=$2
prefix=$3
name=python$version
raw=/raw
library=$prefix/lib/$name

for deb in "$debs"/python3* "$debs"/libpython3*; do dpkg-deb -x "$deb" "$raw"; done

mkdir -p "$prefix/bin" "$prefix/lib" "$prefix/include" "$library"
cp -a "$raw/usr/bin/$name" "$raw/usr/bin/pydoc$version" "$prefix/bin/"
cp -a "$raw/usr/include/." "$prefix/include/"
cp -a "$raw/usr/lib/$name/." "$library/"
rm -rf "$library/EXTERNALLY-MANAGED" "$library/sitecustomize.py" "$library/config-$version"-*

# Debian keeps its own packages in dist-packages; python.org's build, and Dockerfiles that copy from it, in site-packages.
# Both of these ask "is this a virtual environment?" to choose where to install; here the answer is always yes.
in_environment='sys.base_prefix != sys.prefix or hasattr(sys, "real_prefix")'
for file in sysconfig.py distutils/sysconfig.py; do
  grep -qF "$in_environment" "$library/$file"
  sed -i "s/$in_environment/True/" "$library/$file"
done
grep -q '^    _ensurepip_is_disabled_in_debian_for_system()$' "$library/ensurepip/__init__.py"
sed -i '/^    _ensurepip_is_disabled_in_debian_for_system()$/d' "$library/ensurepip/__init__.py"
sed -i "s#/usr/\(include\|lib\)/$name#/usr/local/\1/$name#g" "$library"/_sysconfigdata__*.py

# A wheel is a zip of what belongs into site-packages. venv wants the wheels themselves, where Debian puts them.
mkdir -p "$library/site-packages" "$prefix/../share"
# Where to look is frozen into the program (site.py is one of its frozen modules), so the other name must lead there too.
ln -s site-packages "$library/dist-packages"
cp -a "$raw/usr/share/python-wheels" "$prefix/../share/"
for wheel in "$raw"/usr/share/python-wheels/*.whl; do
  "$name" -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$wheel" "$library/site-packages"
done

# script <command> <module> <function>: as an installer writes it.
script() {
  printf '#!/usr/local/bin/%s\nimport sys\nfrom %s import %s as main\nsys.exit(main())\n' "$name" "$2" "$3" >"$prefix/bin/$1"
  chmod 755 "$prefix/bin/$1"
}
for command in pip pip3 "pip$version"; do script "$command" pip._internal.cli.main main; done
script wheel wheel.cli main
ln -s "$name" "$prefix/bin/python3"
ln -s python3 "$prefix/bin/python"
ln -s "pydoc$version" "$prefix/bin/pydoc3"
ln -s pydoc3 "$prefix/bin/pydoc"

# Paths in tracebacks are those of the final place; -s strips where it was compiled.
"$name" -m compileall -q -j 0 -s "$prefix" -p /usr/local "$library" || true
