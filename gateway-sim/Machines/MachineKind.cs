namespace StepCloud.GatewaySim.Machines;

/// <summary>What a device of this kind says of itself when its gateway meets it.</summary>
/// <param name="Source">The beginning of its source name; one kind's is never the beginning of another's.</param>
public sealed record MachineKind(string Source, string Model, string Interface, string Label, string? NetworkAddress = null)
{
    public static readonly MachineKind ResinPrinter = new("printer", "Asiga MAX UV385", "http", "Resin printer", "192.168.20.31");

    public static readonly MachineKind UltrasonicWasher = new("washer", "Elmasonic Xtra ST 300H", "serial", "Ultrasonic washer");

    public static readonly MachineKind CuringUnit = new("curing", "Otoflash G171", "modbus", "Curing unit");

    public static readonly MachineKind EnergyPlug = new("plug", "Shelly Plug S Gen3", "http", "Energy meter of the washer", "192.168.20.44");

    /// <summary>The machine of the recorded runs.</summary>
    public static readonly MachineKind CncMill = new("cnc-mill", "SMART CNC mill", "opc-ua", "CNC mill", "192.168.20.60");
}
