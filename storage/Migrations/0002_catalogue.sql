-- The device models known from the start. Ids are fixed, so that every installation has the same.

INSERT INTO manufacturer (id, name) VALUES
    ('01980000-0000-7000-8000-000000000001', 'Asiga'),
    ('01980000-0000-7000-8000-000000000002', 'EMAG'),
    ('01980000-0000-7000-8000-000000000003', 'NK-Optik'),
    ('01980000-0000-7000-8000-000000000004', 'Shelly'),
    ('01980000-0000-7000-8000-000000000005', 'NETIO');

-- The longest pattern that matches wins, so `*` alone is the last resort.
INSERT INTO device_model (id, manufacturer_id, name, kind, patterns) VALUES
    ('01980000-0000-7000-8001-000000000000', NULL, 'default', 'other', '{*}'),
    ('01980000-0000-7000-8001-000000000001', '01980000-0000-7000-8000-000000000001', 'Asiga MAX UV385', 'resin_printer', '{*MAX UV385*,*MAX_UV385*}'),
    ('01980000-0000-7000-8001-000000000002', '01980000-0000-7000-8000-000000000001', 'Asiga MAX Mini', 'resin_printer', '{*MAX Mini*,*MAX_Mini*}'),
    ('01980000-0000-7000-8001-000000000003', '01980000-0000-7000-8000-000000000001', 'Asiga PRO 2 UV385', 'resin_printer', '{*PRO 2 UV385*,*PRO2 UV385*}'),
    ('01980000-0000-7000-8001-000000000004', '01980000-0000-7000-8000-000000000001', 'Asiga MAX UV365', 'resin_printer', '{*MAX UV365*,*MAX_UV365*}'),
    ('01980000-0000-7000-8001-000000000005', '01980000-0000-7000-8000-000000000001', 'Asiga PRO 4K UV385', 'resin_printer', '{*PRO 4K UV385*,*PRO4K UV385*}'),
    ('01980000-0000-7000-8001-000000000006', '01980000-0000-7000-8000-000000000002', 'EMAG Emmi-30 HC', 'ultrasonic_washer', '{*Emmi-30 HC*,*Emmi-30HC*,*Emmi 30 HC*}'),
    ('01980000-0000-7000-8001-000000000007', '01980000-0000-7000-8000-000000000003', 'NK-Optik Otoflash G171', 'curing_unit', '{*Otoflash G171*,*Otoflash*G171*}'),
    ('01980000-0000-7000-8001-000000000008', '01980000-0000-7000-8000-000000000004', 'Shelly Plug S', 'energy_meter', '{Shelly Plug S*,ShellyPlug-S*,SHPLG-S*}'),
    ('01980000-0000-7000-8001-000000000009', '01980000-0000-7000-8000-000000000005', 'NETIO PowerCable', 'energy_meter', '{*NETIO PowerCable*,*PowerCable REST*}');
