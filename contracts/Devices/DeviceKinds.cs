namespace StepCloud.Contracts.Devices;

/// <summary>What devices do. Each model of the catalogue is of one kind, and blueprints may ask for one.</summary>
public static class DeviceKinds
{
    public static readonly IReadOnlyList<string> All = ["resin_printer", "ultrasonic_washer", "curing_unit", "furnace", "mill", "energy_meter", "other"];
}
