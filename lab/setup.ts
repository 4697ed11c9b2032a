/** Where a host finds its package repository, mounted read-only. */
export const packagesMount = '/srv/packages'

/**
 * Run once in the base tree. No keys, no machine id and no passwords are in it: each host gets its own.
 *
 * `operator` has sudo with a password, `deploy` without: both are what users have.
 */
export const baseSetup = `
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/hostname /etc/resolv.conf
install -d -m 755 /etc/ssh/authorized_keys /etc/ssh/sshd_config.d
cat > /etc/ssh/sshd_config.d/10-lab.conf <<'END'
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys/%u
END

useradd --create-home --shell /bin/bash --no-user-group --gid users operator
useradd --create-home --shell /bin/bash --no-user-group --gid users deploy
cat > /etc/sudoers.d/lab <<'END'
operator ALL=(ALL:ALL) ALL
deploy ALL=(ALL:ALL) NOPASSWD: ALL
END
chmod 440 /etc/sudoers.d/lab

# sshd answers only when users may log in, so that a host which answers is ready.
install -d /etc/systemd/system/ssh.service.d
cat > /etc/systemd/system/ssh.service.d/lab.conf <<'END'
[Unit]
After=systemd-user-sessions.service network-online.target
Wants=network-online.target
END
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
systemctl --quiet enable ssh.service systemd-networkd.service
# Nothing here has hardware, disks of its own, a console to log in on, or something to update.
systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \\
  logrotate.timer e2scrub_reap.service lvm2-monitor.service blk-availability.service smartmontools.service \\
  nvmefc-boot-connections.service nvmf-autoconnect.service console-getty.service getty.target \\
  systemd-networkd-persistent-storage.service
`

/** Run once in the Debian flavour's layer: apt knows the lab's repository and has read its lists. */
export const debianSetup = `
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:${packagesMount} ./' > /etc/apt/sources.list.d/lab.list
cat > /etc/dpkg/dpkg.cfg.d/lab <<'END'
force-unsafe-io
path-exclude=/usr/share/man/*
path-exclude=/usr/share/doc/*
END
apt-get -q update
`

/** Run once in the EL flavour's layer: dnf, yum and rpm, and no trace of apt and dpkg for whoever looks. */
export const elSetup = (packages: readonly string[]) => `
export DEBIAN_FRONTEND=noninteractive
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] copy:/srv/pool ./' > /etc/apt/sources.list.d/lab.list
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab
apt-get -q update
apt-get -q -y --no-install-recommends install ${packages.join(' ')}

ln -s dnf-3 /usr/bin/yum
install -d /etc/dnf/vars /etc/yum.repos.d /etc/rpm
echo 9 > /etc/dnf/vars/releasever
echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros
cat > /etc/yum.repos.d/lab.repo <<'END'
[lab]
name=Packages of the lab
baseurl=file://${packagesMount}
enabled=1
gpgcheck=0
END
rm -f /etc/os-release /etc/debian_version
cat > /etc/os-release <<'END'
NAME="EL-flavoured lab host"
PRETTY_NAME="EL-flavoured lab host (Debian underneath)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9"
END
cp /etc/os-release /usr/lib/os-release
echo 'EL-flavoured lab host release 9' > /etc/redhat-release

dnf -q -y install lab-el-base
dnf -q makecache
rm -rf /var/lib/apt /var/cache/apt /etc/apt /etc/dpkg /var/lib/dpkg
cd /usr/bin && rm -f apt apt-* dpkg dpkg-*
`
