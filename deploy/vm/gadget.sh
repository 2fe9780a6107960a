# A USB-MIDI box that is a program: dummy_hcd is a USB controller with a cable to itself, f_midi the
# box at its other end. `plug`, `unplug`, or three bytes for a control change.
set -eu
box=/sys/kernel/config/usb_gadget/box
case "$1" in
plug)
    modprobe dummy_hcd && modprobe libcomposite && modprobe usb_f_midi
    mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
    if [ ! -d $box ]; then
        mkdir -p $box/strings/0x409 $box/configs/c.1 $box/functions/midi.box
        echo 0x1d6b >$box/idVendor
        echo 0x0104 >$box/idProduct
        echo Faders >$box/strings/0x409/product
        echo Nobody >$box/strings/0x409/manufacturer
        echo box >$box/functions/midi.box/id
        ln -s $box/functions/midi.box $box/configs/c.1/
    fi
    ls /sys/class/udc | head -1 >$box/UDC
    ;;
unplug) echo >$box/UDC ;;
*)
    card=$(grep -l box /proc/asound/card*/id | head -1 | tr -dc 0-9)
    printf "$1" >/dev/snd/midiC${card}D0
    ;;
esac
