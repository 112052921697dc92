"""Hard links to files of others, and symbolic links that the sandbox would follow as root."""

refused(os.link, "/etc/passwd", "/tmp/hard")
refused(os.link, os.__file__, "/tmp/hard")
os.symlink("/proc/1/environ", "/tmp/soft")
refused(open, "/tmp/soft")
