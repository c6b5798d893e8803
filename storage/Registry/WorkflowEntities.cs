namespace StepCloud.Storage.Registry;

/// <summary>What parts are made of and with: material lots, combinations that were validated, and what is due on devices.</summary>
internal static class WorkflowEntities
{
    public static RegistryEntity MaterialLot() => new("material_lot", "material-lots", "material_lot")
    {
        Organization = "t.organization_id",
        Own =
        [
            Entities.Reference("organization", "Whose it is.", Entities.Organization, Entities.OrganizationExample),
            Given("material", "What the material is called.", "Ortho Rigid") with { IsSort = true },
            Given("lot", "Its lot, as it is printed on the bottle.", "2026-0417") with { IsSort = true },
            Entities.Text("manufacturer", "Who made it.", "Example Resins"),
            Date("expires_on", "The last day on which it may be used.", "2027-03-31") with { IsSort = true },
            Date("opened_on", "The day on which it was opened.", "2026-03-02"),
            Lines("note", "What else is to be known of it.", "Third shelf, with the lid closed"),
        ],
        Unique = Entities.OneField("material_lot_organization_id_material_lot_key", "lot"),
        Users = RegistryVerbs.All,
        BeforeCreate = RegistryHooks.InOrder("opened_on", "expires_on"),
        BeforePatch = RegistryHooks.InOrder("opened_on", "expires_on"),
    };

    public static RegistryEntity ValidatedCombination() => new("validated_combination", "validated-combinations", "validated_combination")
    {
        Organization = "t.organization_id",
        Own =
        [
            Entities.Reference("organization", "Whose it is.", Entities.Organization, Entities.OrganizationExample),
            Entities.Name("What it is called.", "Ortho Rigid on the MAX"),
            Given("material", "The material, called as its lots call it.", "Ortho Rigid"),
            Any("lot", "The lot; null for any of the material.", "2026-0417"),
            Entities.Reference("model", "The model of device.", Entities.DeviceModel, "\"01980000-0000-7000-8001-000000000001\"") with { Select = "t.model_id", Column = "model_id" },
            Any("firmware", "The device's firmware, as it tells it; null for any.", "2.4.1"),
            Any("program", "The program that it runs; null for any.", "splint-50um"),
            Lines("evidence", "Which report of a validation shows it.", "VR-2026-014, chapter 3") with { IsRequired = true, IsNullable = false },
            Date("valid_from", "The first day on which it holds.", "2026-03-02") with { Write = FieldWrite.AtCreation, IsRequired = true, IsNullable = false },
            Date("valid_until", "The last day on which it holds; null for no end.", "2028-03-01"),
        ],
        Users = RegistryVerbs.All,
        BeforeCreate = RegistryHooks.InOrder("valid_from", "valid_until"),
        BeforePatch = RegistryHooks.InOrder("valid_from", "valid_until"),
    };

    /// <summary>What has to be done on a device again and again. What was done are its records, which have routes of their own.</summary>
    public static RegistryEntity MaintenancePlan() => new("maintenance_plan", "maintenance-plans", "maintenance_plan")
    {
        Organization = "t.organization_id",
        Own =
        [
            Entities.Reference("device", "The device.", Entities.Device, "\"0198c0de-0000-7000-8000-000000000040\""),
            new("organization", FieldKind.Id, "Whose it is.") { Select = "t.organization_id", IsFilter = true, Example = Entities.OrganizationExample },
            Entities.Name("What it is called.", "Calibration of the light engine"),
            Entities.Choice("kind", "What is done: `calibration` or `maintenance`.", ["calibration", "maintenance"], "calibration"),
            new("every_days", FieldKind.Number, "So many days after it was last performed it is due again.")
            {
                Write = FieldWrite.Always, IsRequired = true, Range = (1, 3650), Example = "180",
            },
            Date("first_due_on", "The last day on which it may be performed for the first time. Before that day nothing is overdue.", "2026-03-02") with { IsRequired = true, IsNullable = false },
            Date("last_performed_on", "The day on which it was last performed and passed.", "2026-02-16") with { Write = FieldWrite.Never },
            Date("due_on", "The last day on which it may be performed next: `every_days` after `last_performed_on`, or `first_due_on`.", "2026-08-15") with
            {
                Write = FieldWrite.Never, IsNullable = false, IsFilter = true, IsSort = true,
            },
        ],
        Derived = new Dictionary<string, string>(StringComparer.Ordinal) { ["organization_id"] = "(SELECT organization_id FROM device WHERE id = {device})" },
        Users = RegistryVerbs.All,
    };

    /// <summary>A text that is given once: another one would be another thing.</summary>
    private static RegistryField Given(string name, string description, string example) => Entities.Text(name, description, example) with
    {
        Write = FieldWrite.AtCreation, IsRequired = true, IsNullable = false, IsFilter = true,
    };

    private static RegistryField Any(string name, string description, string example) =>
        Entities.Text(name, description, example) with { Write = FieldWrite.AtCreation, IsFilter = true };

    private static RegistryField Lines(string name, string description, string example) =>
        Entities.Text(name, description, example) with { CharsMax = 1000, Fault = FieldRules.Lines, Pattern = FieldRules.LinesPattern };

    private static RegistryField Date(string name, string description, string example) => new(name, FieldKind.Date, description)
    {
        Write = FieldWrite.Always, IsNullable = true, Example = $"\"{example}\"",
    };
}
