"""A machine that runs systemd as the appliance does, at native speed and without one."""
